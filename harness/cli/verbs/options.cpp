#include "options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <random>
#include <thread>

#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"

namespace poolproof {

namespace {

std::vector<std::string_view> subject_names() {
  std::vector<std::string_view> names;
  for (const Subject* subject : subjects()) names.push_back(subject->name);
  return names;
}

std::vector<std::string_view> scenario_names() {
  std::vector<std::string_view> names;
  for (const ScenarioInfo& info : scenarios()) names.push_back(info.name);
  return names;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Returns the allocators to run. Those that the user named and the engine cannot run go to
// left_out.
std::vector<const Subject*> select_subjects(const PairOptions& options, Engine engine,
                                            std::vector<const Subject*>& left_out) {
  std::vector<const Subject*> selected;
  const bool added = options.allocators.empty() && !added_subjects().empty();
  for (const Subject* subject : added ? added_subjects() : subjects()) {
    const bool asked = added || contains(options.allocators, subject->name);
    if (options.allocators.empty() ? !subject->sound : !asked) continue;
    if (engine == Engine::stress || subject->model_checked) {
      selected.push_back(subject);
    } else if (asked) {
      left_out.push_back(subject);
    }
  }
  return selected;
}

// Says what a stress run on a black box cannot show; empty for any other allocator.
std::string left_unseen(const Subject& subject, Engine engine) {
  if (!subject.black_box() || engine != Engine::stress) return {};
  return with_program_name(fmt::format(
      "{} is a black box: no delays are injected within its calls; 'poolproof check' finds a weak "
      "memory order, a spurious CAS failure or a rare interleaving",
      subject.name));
}

std::string why_left_out(const Subject& subject) {
  if (!subject.black_box()) {
    return with_program_name(fmt::format(
        "{} is left out: it is not model-checked; 'poolproof list' shows which are", subject.name));
  }
  return fmt::format(
      "{} is left out: it is a black box for pieces of any size, and the model check has black "
      "boxes of blocks alone; 'stress', also under ThreadSanitizer, is what it has",
      subject.name);
}

void add_pair(Selection& selection, const Subject& subject, const ScenarioInfo& info, bool asked) {
  if (find_scenario(subject, info.name) != nullptr) {
    selection.pairs.push_back({&subject, &info});
  } else if (asked && subject.family == info.family) {
    selection.notes.push_back(fmt::format("{} {} is left out: it was not added with this scenario",
                                          subject.name, info.name));
  } else if (asked) {
    selection.notes.push_back(fmt::format("{} {} is left out: {} is for {} allocators",
                                          subject.name, info.name, info.name,
                                          name_of(info.family)));
  }
}

}  // namespace

std::uint64_t parse_number(const char* option, const std::string& text, std::uint64_t least,
                           std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) {
    throw UsageError(
        fmt::format("{} '{}': a whole number from {} to {} is wanted", option, text, least, most));
  }
  return number;
}

std::uint32_t parse_small(const char* option, const std::string& text, std::uint32_t least,
                          std::uint32_t most) {
  return static_cast<std::uint32_t>(parse_number(option, text, least, most));
}

std::uint32_t parse_cores(const char* option, const std::string& text, std::uint32_t least_of_all,
                          std::uint32_t most) {
  if (text == "all") return std::clamp(std::thread::hardware_concurrency(), least_of_all, most);
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    return parse_small(option, text, 1, most);
  }
  throw UsageError(
      fmt::format("{} '{}': 'all' or a whole number from 1 to {} is wanted", option, text, most));
}

Nanoseconds parse_time(const char* option, const std::string& text) {
  if (const auto time = parse_duration(text)) return *time;
  throw UsageError(
      fmt::format("{} '{}': a duration such as 500ms, 10s, 2m or 1h is wanted", option, text));
}

Nanoseconds parse_budget(const std::string& text) { return parse_time("--budget", text); }

std::uint64_t parse_seed(const std::string& text) {
  return text.empty() ? std::random_device{}() : parse_number("--seed", text, 0, ~std::uint64_t{0});
}

void check_names(const char* option, const std::vector<std::string>& chosen,
                 const std::vector<std::string_view>& known) {
  for (const std::string& name : chosen) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest_names(name, known);
    throw UsageError(fmt::format("{} '{}': no such name; {}", option, name,
                                 near.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                              : fmt::format("did you mean {}?", near)));
  }
}

void add_pair_options(CLI::App& verb, PairOptions& options, const char* allocators_help) {
  verb.add_option("-a,--allocator", options.allocators, allocators_help)
      ->type_name("NAME...")
      ->delimiter(',');
  verb.add_option("-s,--scenario", options.scenarios, "Scenarios by name; default: all")
      ->type_name("NAME...")
      ->delimiter(',');
}

Selection select_pairs(const PairOptions& options, Engine engine) {
  check_names("--allocator", options.allocators, subject_names());
  check_names("--scenario", options.scenarios, scenario_names());
  // A user who names only allocators, or only scenarios, means the pairs that are possible.
  const bool asked = !options.allocators.empty() && !options.scenarios.empty();
  Selection selection;
  std::vector<const Subject*> left_out;
  for (const Subject* subject : select_subjects(options, engine, left_out)) {
    if (std::string unseen = left_unseen(*subject, engine); !unseen.empty()) {
      selection.notes.push_back(std::move(unseen));
    }
    for (const ScenarioInfo& info : scenarios()) {
      if (!options.scenarios.empty() && !contains(options.scenarios, info.name)) continue;
      add_pair(selection, *subject, info, asked);
    }
  }
  for (const Subject* subject : left_out) selection.notes.push_back(why_left_out(*subject));
  if (!selection.pairs.empty()) return selection;
  throw UsageError(left_out.empty()
                       ? "nothing to run: none of these scenarios is for any of these allocators; "
                         "'poolproof list' shows which are"
                       : "nothing to run: " + fmt::format("{}", fmt::join(selection.notes, "; ")));
}

}  // namespace poolproof
