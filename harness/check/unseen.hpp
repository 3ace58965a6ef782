// What a result does not speak of, in words: a PASS names its blind spots.
#pragma once

#include <string>
#include <vector>

#include "model_check.hpp"

namespace poolproof {

// Short texts, without a full stop; the first ones are of the allocator, the others of the engine.
std::vector<std::string> unseen_by(const RunConfig& config);
std::vector<std::string> unseen_by(const CheckConfig& config, const CheckReport& report = {});

// One line for each text, with the allocators that it is said of where it is not said of all; empty
// where there is no result.
struct Unseen {
  std::string allocator;
  std::vector<std::string> texts;
};
std::string unseen_text(const std::vector<Unseen>& results);

}  // namespace poolproof
