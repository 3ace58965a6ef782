// What goes into an audit of the memory orders of an allocator.
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
  Nanoseconds budget = std::chrono::seconds(60);  // of the whole audit
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
};

struct AuditCampaign {
  std::vector<AuditConfig> audits;
  std::vector<std::string> notes;  // what was left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  std::string report;  // where it goes; empty: nowhere
};

}  // namespace poolproof
