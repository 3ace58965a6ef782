// The input of an audit of an allocator's memory orders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model_check.hpp"

namespace poolproof {

// One allocator under some scenarios.
struct AuditConfig {
  std::string allocator;
  std::vector<std::string> scenarios;
  Scope scope;
  Nanoseconds budget = std::chrono::seconds(60);  // for the whole audit
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::string build = {};  // of a program as it is, as in CheckConfig; so are arguments
  std::string arguments = {};
  bool trusts_kept = false;  // only a quick search where the source says why an order stays
};

struct AuditCampaign {
  std::vector<AuditConfig> audits;
  std::vector<std::string> notes;  // what is left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  std::string report;  // the folder that the report goes to; empty: none
};

}  // namespace poolproof
