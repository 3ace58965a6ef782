// Options that several verbs have. Options keep the text that the user typed; these functions check
// it, so that all messages look alike. All of them throw UsageError.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/stress/run.hpp"
#include "harness/subjects/subjects.hpp"

namespace CLI {
class App;
}

namespace poolproof {

std::uint64_t parse_number(const char* option, const std::string& text, std::uint64_t least,
                           std::uint64_t most);
std::uint32_t parse_small(const char* option, const std::string& text, std::uint32_t least,
                          std::uint32_t most);
// A number from 1, or "all": the number of cores, but at least least_of_all.
std::uint32_t parse_cores(const char* option, const std::string& text, std::uint32_t least_of_all,
                          std::uint32_t most);
Nanoseconds parse_time(const char* option, const std::string& text);
Nanoseconds parse_budget(const std::string& text);
// An empty text gives a new seed.
std::uint64_t parse_seed(const std::string& text);

void check_names(const char* option, const std::vector<std::string>& chosen,
                 const std::vector<std::string_view>& known);

// The allocators to run, and the scenarios to run them under.
struct PairOptions {
  std::vector<std::string> allocators;  // none: all sound ones
  std::vector<std::string> scenarios;   // none: all
};

void add_pair_options(CLI::App& verb, PairOptions& options, const char* allocators_help);

// audit: the model check, of allocators whose operations it knows; selftest is one too.
enum class Engine { stress, check, audit };

struct Pair {
  const Subject* subject;
  const ScenarioInfo* scenario;
};

struct Selection {
  std::vector<Pair> pairs;         // at least one
  std::vector<std::string> notes;  // what the user asked for and is left out, and why
};

Selection select_pairs(const PairOptions& options, Engine engine);

}  // namespace poolproof
