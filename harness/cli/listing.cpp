// The output of poolproof list.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "command_line.hpp"
#include "harness/subjects/subjects.hpp"

namespace poolproof {

namespace {

std::string_view verbs_of(const Subject& subject) {
  return subject.model_checked ? "stress, check" : "stress";
}

}  // namespace

std::string list_text() {
  std::string text = "allocators\n";
  for (const Subject* subject : subjects()) {
    text += fmt::format("  {:<23} {:<7} {:<14} {}\n", subject->name, name_of(subject->family),
                        verbs_of(*subject), subject->summary);
  }
  text += "\nscenarios\n";
  for (const ScenarioInfo& info : scenarios()) {
    text += fmt::format("  {:<23} {:<7} {}\n", info.name, name_of(info.family), info.summary);
  }
  return text;
}

std::string list_json() {
  nlohmann::ordered_json json = {{"allocators", nlohmann::ordered_json::array()},
                                 {"scenarios", nlohmann::ordered_json::array()}};
  for (const Subject* subject : subjects()) {
    json["allocators"].push_back({{"name", subject->name},
                                  {"family", name_of(subject->family)},
                                  {"sound", subject->sound},
                                  {"model_checked", subject->model_checked},
                                  {"summary", subject->summary}});
  }
  for (const ScenarioInfo& info : scenarios()) {
    json["scenarios"].push_back(
        {{"name", info.name}, {"family", name_of(info.family)}, {"summary", info.summary}});
  }
  return json.dump(2) + "\n";
}

}  // namespace poolproof
