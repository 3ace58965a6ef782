#include "report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "harness/base/exit_status.hpp"
#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"
#include "report_files.hpp"

namespace poolproof {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* results_file = "report.json";
constexpr const char* schema_file = "report.schema.json";

bool is_of_a_report(const std::string& name) {
  return name == results_file || name == schema_file || name == "junit.xml" ||
         name == "index.html" || (name.starts_with("trace-") && name.ends_with(".perfetto.json"));
}

// Null where there is no report.
Json read_report(const fs::path& folder) {
  std::ifstream file(folder / results_file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  Json json = Json::parse(text, nullptr, false);
  return file && json.is_object() && json.contains("poolproof") ? json : Json();
}

// A report that is replaced is removed, so nothing else may lie there. Empty: nothing does.
std::string other_contents(const fs::path& folder) {
  const bool report = !read_report(folder).is_null();
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    std::string name = entry.path().filename();
    if (!report || !is_of_a_report(name) || !entry.is_regular_file()) return name;
  }
  return {};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw std::runtime_error(fmt::format("the report: {} cannot be written", path.string()));
}

[[noreturn]] void refuse_path(const std::string& path, int error) {
  throw UsageError(fmt::format("--report '{}': a folder that can be written is wanted: {}", path,
                               std::strerror(error)));
}

}  // namespace

std::string json_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ReportFolder::ReportFolder(const std::string& path) {
  if (path.empty()) return;
  std::error_code error;
  fs::path whole = fs::absolute(path, error).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();  // DIR/
  if (whole.filename().empty()) refuse_path(path, EEXIST);
  const fs::file_status status = fs::symlink_status(whole, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) refuse_path(path, ENOTDIR);
    if (const std::string other = other_contents(whole); !other.empty()) {
      throw UsageError(
          fmt::format("--report '{}': '{}' lies there, and is not of a report; a new folder, an "
                      "empty one or a report is wanted",
                      path, other));
    }
  }
  std::string part =
      (whole.parent_path() / fmt::format(".{}.XXXXXX", whole.filename().string())).string();
  if (mkdtemp(part.data()) == nullptr) refuse_path(path, errno);
  path_ = whole;
  part_ = part;
  fs::permissions(part_, fs::perms(0755), error);
}

ReportFolder::~ReportFolder() {
  std::error_code error;
  if (!part_.empty()) fs::remove_all(part_, error);
}

void ReportFolder::write(const Json& results) {
  if (path_.empty()) return;
  Json report = {{"poolproof", POOLPROOF_VERSION}};
  report.update(results);
  write_file(part_ / results_file, json_text(report));
  write_file(part_ / schema_file, report_schema_json);
  write_file(part_ / "junit.xml", report_junit(report));
  write_file(part_ / "index.html", report_page(report));
  std::size_t number = 0;
  for (const Json& run : report.value("runs", Json::array())) {
    if (!run.value("failure", Json()).is_object()) continue;
    ++number;
    const std::string trace = perfetto_trace(run);
    if (!trace.empty()) write_file(part_ / fmt::format("trace-{}.perfetto.json", number), trace);
  }
  try {
    take_place();
  } catch (const std::exception& error) {
    const std::string kept = std::exchange(part_, {}).string();
    throw std::runtime_error(
        fmt::format("the report is in {}, as it cannot take the place of {}: {}", kept,
                    path_.string(), error.what()));
  }
}

void ReportFolder::take_place() {
  if (!fs::exists(fs::symlink_status(path_))) return fs::rename(part_, path_);
  if (const std::string other = other_contents(path_); !other.empty()) {
    throw std::runtime_error(fmt::format("'{}' lies there by now", other));
  }
  // An older report changes places with this one, in one step; in three where the file system
  // cannot do that.
  if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) return;
  const fs::path old = part_.string() + "-old";
  fs::rename(path_, old);
  fs::rename(part_, path_);
  fs::remove_all(old);
}

namespace {

bool all_of(const Json& list, bool (*fits)(const Json&)) {
  return list.is_array() && std::all_of(list.begin(), list.end(), fits);
}
bool is_text(const Json& json) { return json.is_string(); }
bool is_object(const Json& json) { return json.is_object(); }

bool has_texts(const Json& entry, std::initializer_list<const char*> keys) {
  return std::all_of(keys.begin(), keys.end(),
                     [&](const char* key) { return entry.value(key, Json()).is_string(); });
}

// Its trace is a list of events, if it has one.
bool is_failure(const Json& failure) {
  if (!failure.is_object()) return failure.is_null();
  const Json trace = failure.value("trace", Json());
  return !trace.is_array() || all_of(trace, is_object);
}

// What runs, audits and mutants have in common.
bool is_entry(const Json& one) {
  return one.is_object() && has_texts(one, {"allocator", "engine", "verdict"}) &&
         is_failure(one.value("failure", Json())) && one.value("seconds", Json(0)).is_number();
}
bool is_run(const Json& one) { return is_entry(one) && has_texts(one, {"scenario"}); }
bool is_mutant(const Json& one) {
  return is_entry(one) && has_texts(one, {"mutant"}) &&
         all_of(one.value("runs", Json()), is_object);
}

// Has the report what its parts are made of? All that it may hold is in report.schema.json.
bool is_sound(const Json& report) {
  const auto list = [&](const char* key) { return report.value(key, Json::array()); };
  return all_of(list("runs"), is_run) && all_of(list("audits"), is_entry) &&
         all_of(list("mutants"), is_mutant) && all_of(list("notes"), is_text) &&
         report.value("interrupted", Json(false)).is_boolean();
}

}  // namespace

Json merged_reports(const std::vector<std::string>& folders) {
  Json all = {{"seed", nullptr},          {"runs", Json::array()},  {"audits", Json::array()},
              {"mutants", Json::array()}, {"notes", Json::array()}, {"interrupted", false}};
  for (const std::string& folder : folders) {
    const Json one = read_report(folder);
    if (one.is_null() || !is_sound(one)) {
      throw UsageError(
          fmt::format("DIR '{}': there is no {} of poolproof in it; a folder that "
                      "--report has written is wanted",
                      folder, results_file));
    }
    for (const char* list : {"runs", "audits", "mutants", "notes"}) {
      const Json entries = one.value(list, Json::array());
      all[list].insert(all[list].end(), entries.begin(), entries.end());
    }
    if (one.value("interrupted", false)) all["interrupted"] = true;
  }
  return all;
}

int finish_report(ReportFolder& folder, const Json& results, int status) {
  std::fflush(stdout);  // what was printed stays, whatever happens now
  const char* within = std::getenv("GITHUB_ACTIONS");
  if (within != nullptr && std::string_view(within) == "true") {
    print_error(github_annotations(results));
  }
  try {
    folder.write(results);
  } catch (const std::exception& error) {
    print_error(fmt::format("{}: {}\n", program_name(), one_line(error.what())));
    if (status == all_pass) return some_unknown;
  }
  return status;
}

}  // namespace poolproof
