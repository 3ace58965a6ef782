#include "report.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "text.hpp"
#include "usage_error.hpp"

namespace poolproof {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* results_file = "report.json";

bool is_of_a_report(const std::string& name) {
  return name == results_file || name == "junit.xml" || name == "index.html" ||
         (name.starts_with("trace-") && name.ends_with(".perfetto.json"));
}

// A report that is replaced is removed, so nothing else may lie there.
void refuse_other_contents(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (is_of_a_report(name) && entry.is_regular_file()) continue;
    throw UsageError(
        fmt::format("--report '{}': '{}' lies there, which is no part of a report; a new folder, "
                    "an empty one or a report is wanted",
                    folder.string(), name));
  }
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw std::runtime_error(fmt::format("the report: {} cannot be written", path.string()));
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

[[noreturn]] void refuse_path(const std::string& path, int error) {
  throw UsageError(fmt::format("--report '{}': a folder that can be written is wanted: {}", path,
                               std::strerror(error)));
}

}  // namespace

ReportFolder::ReportFolder(const std::string& path) {
  if (path.empty()) return;
  std::error_code error;
  fs::path whole = fs::absolute(path, error).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();  // DIR/
  if (whole.filename().empty()) refuse_path(path, EEXIST);
  const fs::file_status status = fs::symlink_status(whole, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) refuse_path(path, ENOTDIR);
    refuse_other_contents(whole);
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

void ReportFolder::write(Json results) {
  if (path_.empty()) return;
  Json report = {{"poolproof", POOLPROOF_VERSION}};
  report.update(results);
  write_file(part_ / results_file, dump(report));
  write_file(part_ / "junit.xml", report_junit(report));
  write_file(part_ / "index.html", report_page(report));
  std::size_t number = 0;
  for (const Json& run : report.value("runs", Json::array())) {
    if (run["failure"].is_null()) continue;
    ++number;
    const std::string trace = perfetto_trace(run);
    if (!trace.empty()) write_file(part_ / fmt::format("trace-{}.perfetto.json", number), trace);
  }
  // An older report changes places with this one, in one step.
  if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) return;
  std::error_code error;
  fs::remove_all(path_, error);
  fs::rename(part_, path_, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("the report: {} cannot be written: {}", path_.string(), error.message()));
  }
}

Json merged_reports(const std::vector<std::string>& folders) {
  Json all = {{"seed", nullptr},
              {"runs", Json::array()},
              {"audits", Json::array()},
              {"notes", Json::array()},
              {"interrupted", false}};
  for (const std::string& folder : folders) {
    std::ifstream file(fs::path(folder) / results_file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const Json one = Json::parse(text, nullptr, false);
    if (!file || !one.is_object() || !one.contains("poolproof")) {
      throw UsageError(
          fmt::format("DIR '{}': there is no {} of poolproof in it; a folder that "
                      "--report has written is wanted",
                      folder, results_file));
    }
    for (const char* list : {"runs", "audits", "notes"}) {
      const Json entries = one.value(list, Json::array());
      all[list].insert(all[list].end(), entries.begin(), entries.end());
    }
    if (one.value("interrupted", false)) all["interrupted"] = true;
  }
  return all;
}

void finish_report(ReportFolder& folder, const Json& results) {
  folder.write(results);
  const char* within = std::getenv("GITHUB_ACTIONS");
  if (within != nullptr && std::string_view(within) == "true") {
    print_error(github_annotations(results));
  }
}

}  // namespace poolproof
