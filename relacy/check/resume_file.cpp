#include "resume_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;

std::string hash_of(std::string_view text) { return fmt::format("{:016x}", hash_text(text)); }

// Names this build: another one may have other choices to make.
std::string this_program() {
  static const std::string name = hash_of(read_input("/proc/self/exe", 1 << 30));
  return name;
}

// Names a search, whatever time and number of executions it is given.
std::string key(CheckConfig config) {
  config.executions = 0;
  config.budget = std::chrono::seconds(1);
  return check_command(config);
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw UsageError(fmt::format("--resume '{}': {}", path, why));
}

// Says which field is not as put has written it; empty: none.
std::string fault_of(const Json& json) {
  if (!json["program"].is_string()) return "program: a text is wanted";
  if (!json["searches"].is_object()) return "searches: an object is wanted";
  for (const auto& [search, states] : json["searches"].items()) {
    if (!states.is_array()) return fmt::format("searches/{}: an array is wanted", search);
    for (const Json& state : states) {
      for (const char* key : {"hash", "state"}) {
        if (state.is_object() && state.contains(key) && state[key].is_string()) continue;
        return fmt::format("searches/{}: a text '{}' is wanted", search, key);
      }
      if (state["hash"] != hash_of(state["state"].get_ref<const std::string&>())) {
        return "it is damaged";
      }
    }
  }
  return {};
}

}  // namespace

ResumeFile::ResumeFile(std::string path, const std::vector<CheckConfig>& runs)
    : path_(std::move(path)),
      json_({{"poolproof_resume", format_version},
             {"program", this_program()},
             {"searches", Json::object()}}) {
  try {
    file_.emplace(path_);
    if (!file_->text().empty()) read(runs);
    write();  // if it cannot be written, the user hears that now
  } catch (const InputError& error) {
    refuse(path_, error.what());
  }
}

void ResumeFile::read(const std::vector<CheckConfig>& runs) {
  Json json;
  try {
    json = parse_input(file_->text());
  } catch (const InputError&) {  // it is no JSON
  }
  if (!json.is_object() || !json.contains("poolproof_resume")) {
    refuse(path_, "this file is there, and poolproof check has not written it: name another one");
  }
  if (json["poolproof_resume"] != format_version || !json["poolproof_resume"].is_number_integer()) {
    refuse(path_, fmt::format("it is of version {}, and this program knows version {}: begin anew "
                              "with another file",
                              one_line(json["poolproof_resume"].dump()), format_version));
  }
  if (const std::string fault = fault_of(json); !fault.empty()) {
    refuse(path_, one_line(fault) + ": begin anew with another file");
  }
  if (json["program"] != this_program()) {
    refuse(path_,
           "another build of this program has written it: go on with that one, or begin "
           "anew with another file");
  }
  const bool known = std::any_of(runs.begin(), runs.end(), [&](const CheckConfig& run) {
    return json["searches"].contains(key(run));
  });
  if (!known && !json["searches"].empty()) {
    refuse(path_,
           fmt::format("it is of another search: {}", one_line(json["searches"].begin().key())));
  }
  json_ = json;
}

std::vector<std::string> ResumeFile::states(const CheckConfig& config) const {
  std::vector<std::string> states(config.jobs);
  const auto found = json_["searches"].find(key(config));
  if (found == json_["searches"].end()) return states;
  for (std::size_t job = 0; job != std::min(states.size(), found->size()); ++job) {
    states[job] = (*found)[job].value("state", "");
  }
  return states;
}

void ResumeFile::put(const CheckConfig& config, const std::vector<std::string>& states) {
  Json jobs = Json::array();
  for (const std::string& state : states) {
    jobs.push_back({{"hash", hash_of(state)}, {"state", state}});
  }
  json_["searches"][key(config)] = std::move(jobs);
  try {
    write();
  } catch (const InputError& error) {
    if (!std::exchange(lost_, true)) {
      print_error(fmt::format("{}: --resume '{}' cannot be written, and the search goes on: {}\n",
                              program_name(), one_line(path_), error.what()));
    }
    return;
  }
  lost_ = false;
}

void ResumeFile::write() { file_->replace(json_.dump(1) + '\n'); }

}  // namespace poolproof
