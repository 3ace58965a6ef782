// The models by name: what poolproof check can be made of.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "harness/check/model_check.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

// Makes a model of some allocator under some scenario, in this scope.
using MakeModel = std::function<std::unique_ptr<ModelTest>(const Scope& scope)>;

// An allocator's model under the scenario with this name; null where there is none.
struct ModelEntry {
  std::string_view allocator;
  std::unique_ptr<ModelTest> (*make)(std::string_view scenario, const Scope& scope);
};
// For programs with subjects of their own, before main: entry joins ours.
void add_model(const ModelEntry& entry);

// Null when there is no such allocator or scenario, or the two do not fit.
std::unique_ptr<ModelTest> make_model(std::string_view allocator, std::string_view scenario,
                                      const Scope& scope);

}  // namespace poolproof
