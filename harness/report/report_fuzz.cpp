// report.json as another program, or a damaged disk, may leave it: it is refused, or every part of
// a report can be made of it.
// Fuzz sources: harness/report/report.cpp
// Fuzz sources: harness/report/report_cases.cpp
// Fuzz sources: harness/report/report_junit.cpp
// Fuzz sources: harness/report/report_page.cpp
// Fuzz sources: harness/report/report_sarif.cpp
// Fuzz sources: harness/report/schema.cpp
// Fuzz sources: harness/base/text.cpp
// Fuzz sources: harness/base/input_file.cpp
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/base/fuzz.hpp"
#include "harness/base/usage_error.hpp"
#include "report.hpp"

namespace {

// A folder for report.json, removed at the end of the process.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "report_fuzz.XXXXXX").string();
    fuzz_expect(mkdtemp(name.data()) != nullptr, "there is a folder");
    path = name;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::ofstream(folder.path / "report.json", std::ios::binary) << fuzz_text(data, size);
  try {
    const nlohmann::ordered_json report = poolproof::merged_reports({folder.path.string()});
    poolproof::report_junit(report);
    poolproof::report_sarif(report);
    poolproof::report_page(report);
    poolproof::github_annotations(report);
    for (const auto& run : report["runs"]) poolproof::perfetto_trace(run);
  } catch (const poolproof::UsageError&) {  // it is refused
  }
  return 0;
}
