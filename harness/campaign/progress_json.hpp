// ProgressJson: the progress of a campaign as JSON lines on standard error, one object a line;
// progress.schema.json says what each holds.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/time.hpp"

namespace poolproof {

class ProgressJson {
 public:
  struct Run {
    std::string allocator;
    std::string scenario;
    double budget = 0;  // seconds
  };

  // engine: "stress" or "check".
  ProgressJson(const char* engine, std::vector<Run> runs)
      : engine_(engine), runs_(std::move(runs)) {}

  // run: its place among runs.
  void start(std::size_t run);
  // Returns true once in a second. seconds: since the run began.
  bool due(double seconds);
  // what: "running" or "shrinking"; more: the fields that the engine adds.
  void update(const char* what, double seconds, const nlohmann::ordered_json& more);
  void finish(double seconds, std::string_view verdict, const nlohmann::ordered_json& more);

 private:
  nlohmann::ordered_json head(const char* what) const;

  const char* engine_;
  std::vector<Run> runs_;
  std::size_t run_ = 0;
  double next_ = 0;  // seconds into the run
};

// One run for each configuration of a campaign.
template <class Config>
std::vector<ProgressJson::Run> progress_runs(const std::vector<Config>& configs) {
  std::vector<ProgressJson::Run> runs;
  for (const Config& config : configs) {
    runs.push_back({config.allocator, config.scenario, in_seconds(config.budget)});
  }
  return runs;
}

}  // namespace poolproof
