// A report: what a campaign found, in a folder of its own.
//   report.json             all of it, as --json prints it
//   report.schema.json      what report.json may hold: its JSON Schema, draft 2020-12
//   junit.xml               for CI systems
//   report.sarif            for code scanning: SARIF 2.1.0
//   index.html              for people: one file, which needs no network
//   trace-N.perfetto.json   failure N, where it has a trace, for ui.perfetto.dev or
//                           chrome://tracing
//   report.files            the names and hashes of these: what a later report may replace
// Everything else is made of report.json, so reports of shards can be merged.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace poolproof {

// The version of this program, which stands in reports and results.
const char* version() noexcept;

class ReportFolder {
 public:
  // Where the report goes; empty: none is wanted. Throws UsageError unless path is new, or a folder
  // with nothing in it but a report, that can be written. No file of a report is touched before
  // write. Removes what a process that was killed has left there.
  explicit ReportFolder(const std::string& path);
  ReportFolder(const ReportFolder&) = delete;
  ReportFolder& operator=(const ReportFolder&) = delete;
  ~ReportFolder();  // what was not written whole is removed

  // results: as --json prints them. The report is made beside its place, then each file takes the
  // place of an older one at once. Throws std::runtime_error, which says where the report is if it
  // could not take its place.
  void write(const nlohmann::ordered_json& results);

 private:
  void make_part();
  void take_place();
  void replace_files();

  std::filesystem::path path_;
  std::filesystem::path part_;  // a folder for it, until it is complete
  int lock_ = -1;               // says that part_ is in use
};

// As --json prints it: what is no UTF-8 is replaced.
std::string json_text(const nlohmann::ordered_json& json);

// The parts of a report, from its JSON.
std::string report_junit(const nlohmann::ordered_json& report);
std::string report_sarif(const nlohmann::ordered_json& report);
std::string report_page(const nlohmann::ordered_json& report);
std::string perfetto_trace(const nlohmann::ordered_json& run);
// A line for each failure, as GitHub Actions reads them.
std::string github_annotations(const nlohmann::ordered_json& report);

// The results of reports, as of one campaign. Throws UsageError where a folder has no report.
nlohmann::ordered_json merged_reports(const std::vector<std::string>& folders);

// What a campaign ends with: its report, and within GitHub Actions annotations on standard error.
// status: of the campaign; returned, but for an all_pass whose report could not be written.
int finish_report(ReportFolder& folder, const nlohmann::ordered_json& results, int status);

}  // namespace poolproof
