#include "resume_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;

std::uint64_t hash(std::string_view text) noexcept {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Names this build: another one may have other choices to make.
std::string this_program() {
  static const std::string name = fmt::format("{:016x}", hash(content("/proc/self/exe")));
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

}  // namespace

ResumeFile::ResumeFile(std::string path, const std::vector<CheckConfig>& runs)
    : path_(std::move(path)),
      json_({{"poolproof_resume", format_version},
             {"program", this_program()},
             {"searches", Json::object()}}) {
  if (std::filesystem::exists(std::filesystem::symlink_status(path_))) read(runs);
  write();  // if it cannot be written, the user hears that now
}

void ResumeFile::read(const std::vector<CheckConfig>& runs) {
  const Json json = Json::parse(content(path_), nullptr, false);
  if (!json.is_object() || json.value("poolproof_resume", 0) != format_version ||
      !json.contains("searches") || !json["searches"].is_object()) {
    refuse(path_, "this file is there, and poolproof check has not written it: name another one");
  }
  if (json.value("program", "") != this_program()) {
    refuse(path_,
           "another build of this program has written it: go on with that one, or begin "
           "anew with another file");
  }
  for (const auto& [search, states] : json["searches"].items()) {
    for (const Json& state : states) {
      const auto text = state.value("state", "");
      if (state.value("hash", "") != fmt::format("{:016x}", hash(text))) {
        refuse(path_, "it is damaged: begin anew with another file");
      }
    }
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
    jobs.push_back({{"hash", fmt::format("{:016x}", hash(state))}, {"state", state}});
  }
  json_["searches"][key(config)] = std::move(jobs);
  write();
}

void ResumeFile::write() const {
  const std::string part = path_ + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file << json_.dump(1) << '\n';
  file.close();
  if (!file || std::rename(part.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    throw std::runtime_error(
        fmt::format("--resume '{}' cannot be written: {}", path_, std::strerror(error)));
  }
}

}  // namespace poolproof
