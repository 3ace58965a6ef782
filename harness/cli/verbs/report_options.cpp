#include "report_options.hpp"

#include <CLI/CLI.hpp>

namespace poolproof {

void add_report(CLI::App& app, ReportOptions& options) {
  CLI::App& report =
      *app.add_subcommand("report", "Merge reports, of shards or of several campaigns, into one");
  report.add_option("DIR", options.folders, "Folders that --report has written")
      ->type_name("")
      ->required();
  report.add_option("-o,--out", options.out, "Where the report of all goes; replaces an older one")
      ->type_name("DIR")
      ->required();
  report.footer(
      "Nothing is run. Exit status: 0 written, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof report shard1 shard2 -o all\n"
      "  poolproof report old -o old    # makes its page again");
}

void add_progress_json(CLI::App& verb, bool& progress_json) {
  verb.add_flag("--progress-json", progress_json,
                "Progress as JSON, a line of standard error each second");
}

void add_report_option(CLI::App& verb, std::string& report) {
  verb.add_option("--report", report,
                  "Write report.json, junit.xml and index.html into this folder; replaces an older "
                  "report")
      ->type_name("DIR");
}

}  // namespace poolproof
