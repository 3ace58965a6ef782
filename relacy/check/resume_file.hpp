// ResumeFile: where the systematic searches of a campaign stand, in a file from which a later
// process goes on. It is replaced whole, by a rename, so that a reader finds all of it at any time.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/check/model_check.hpp"

namespace poolproof {

class ResumeFile {
 public:
  // Reads the file, if there is one. Throws UsageError where it is no such file, or of another
  // build of this program, or of searches none of which is among these.
  ResumeFile(std::string path, const std::vector<CheckConfig>& runs);

  // By job; empty where the search begins.
  std::vector<std::string> states(const CheckConfig& config) const;
  // Throws std::runtime_error where the file cannot be written.
  void put(const CheckConfig& config, const std::vector<std::string>& states);

 private:
  void read(const std::vector<CheckConfig>& runs);
  void write() const;

  const std::string path_;
  nlohmann::ordered_json json_;
};

}  // namespace poolproof
