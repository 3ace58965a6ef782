// ResumeFile: the state of the systematic searches of a campaign, in a file from which a later
// process goes on. A reader finds it complete at any time, and no other process can use it
// meanwhile.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/input_file.hpp"
#include "harness/check/model_check.hpp"

namespace poolproof {

class ResumeFile {
 public:
  // Reads the file, if there is one. Throws UsageError if the file is something else, cannot be
  // written or is in use, or if another build of this program or other searches than these have
  // written it.
  ResumeFile(std::string path, const std::vector<CheckConfig>& runs);

  // The state of each job; empty if the search begins there.
  std::vector<std::string> states(const CheckConfig& config) const;
  // If the file cannot be written, as on a full disk, that is said on standard error, and the file
  // stays as it was.
  void put(const CheckConfig& config, const std::vector<std::string>& states);
  // Is the last state that was put lost?
  bool lost() const noexcept { return lost_; }

 private:
  void read(const std::vector<CheckConfig>& runs);
  void write();

  const std::string path_;
  std::optional<LockedFile> file_;
  bool lost_ = false;
  nlohmann::ordered_json json_;
};

}  // namespace poolproof
