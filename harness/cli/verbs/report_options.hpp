// poolproof report: its options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace poolproof {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string out;
};

void add_report(CLI::App& app, ReportOptions& options);
// Adds --progress-json to a verb that says how far it is.
void add_progress_json(CLI::App& verb, bool& progress_json);
// Adds --report to a verb that runs something.
void add_report_option(CLI::App& verb, std::string& report);

}  // namespace poolproof
