// ResumeFile: the state of the systematic searches of a campaign, in a file from which a later
// process goes on. A rename replaces the whole file, so that a reader finds it complete at any
// time.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"

namespace poolproof {

class ResumeFile {
 public:
  // Reads the file, if there is one. Throws UsageError if the file is something else, or if another
  // build of this program or other searches than these have written it.
  ResumeFile(std::string path, const std::vector<CheckConfig>& runs);

  // The state of each job; empty if the search begins there.
  std::vector<std::string> states(const CheckConfig& config) const;
  // Throws std::runtime_error if the file cannot be written.
  void put(const CheckConfig& config, const std::vector<std::string>& states);

 private:
  void read(const std::vector<CheckConfig>& runs);
  void write() const;

  const std::string path_;
  nlohmann::ordered_json json_;
};

}  // namespace poolproof
