#include "progress_json.hpp"

#include <algorithm>

#include "harness/base/text.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// In one write, as processes of the run may write there too.
void print(const Json& line) {
  print_error(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void ProgressJson::start(std::size_t run) {
  run_ = run;
  next_ = 1;
  print(head("started"));
}

bool ProgressJson::due(double seconds) {
  if (seconds < next_) return false;
  next_ = seconds + 1;
  return true;
}

void ProgressJson::update(const char* what, double seconds, const Json& more) {
  Json line = head(what);
  line["seconds"] = seconds;
  double left = std::max(0.0, runs_[run_].budget - seconds);
  for (std::size_t i = run_ + 1; i < runs_.size(); ++i) left += runs_[i].budget;
  line["seconds_left"] = left;
  line.update(more);
  print(line);
}

void ProgressJson::finish(double seconds, std::string_view verdict, const Json& more) {
  Json line = head("finished");
  line["seconds"] = seconds;
  line.update(more);
  line["verdict"] = verdict;
  print(line);
}

Json ProgressJson::head(const char* what) const {
  const Run& run = runs_[run_];
  return {{"progress", what},           {"run", run_ + 1},
          {"runs", runs_.size()},       {"engine", engine_},
          {"allocator", run.allocator}, {"scenario", run.scenario},
          {"budget", run.budget}};
}

}  // namespace poolproof
