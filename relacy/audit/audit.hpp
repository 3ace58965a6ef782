// An audit: is every memory order of an allocator needed? Each is weakened in turn, at one place at
// a time, and searched for a counterexample. Of an allocator that fails as it is written, each is
// strengthened instead, to see which one would cure it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/live_line.hpp"
#include "harness/check/audit.hpp"
#include "relacy/models/model_subjects.hpp"
#include "source_orders.hpp"

namespace poolproof {

// One change, searched.
struct AuditTrial {
  std::memory_order order = std::memory_order_relaxed;
  bool thorough = false;         // it got its share of the time, after a quick look
  std::uint64_t executions = 0;  // all of them; those of the failing check are in failure
  double seconds = 0;
  std::optional<CheckFailure> failure;
  std::string scenario;  // of the failure
  CheckSearch search;
};

struct AuditSite {
  enum class Verdict : std::uint8_t {
    needed,       // every weaker order fails
    not_shown,    // one survived this scope and search
    relaxed,      // there is none that is weaker
    not_reached,  // no execution came here
    not_tried,    // stopped before, or there is no stronger order to try
    cure,         // of a failing allocator: a stronger order was not seen to fail
    no_cure
  };
  SourceOrder source;
  std::string kept;  // why it stays, as its comment says
  bool reached = false;
  std::vector<AuditTrial> trials;
  Verdict verdict = Verdict::not_reached;
  // not_shown: the weakest that survived; cure: the weakest that does. Two, where neither is weaker
  // than the other.
  std::vector<std::memory_order> survivors;
};

struct AuditReport {
  std::vector<AuditSite> sites;  // by file and line
  std::vector<std::string> notes;
  // As it is written the allocator fails, in this scenario.
  std::optional<CheckFailure> failure;
  std::string failing_scenario;
  std::uint64_t executions = 0;
  double seconds = 0;
  bool interrupted = false;
};

// Of the allocator under the scenario with this name; null where there is none.
using MakeScenario = std::function<MakeModel(const std::string& scenario)>;

AuditReport run_audit(const AuditConfig& config, const MakeScenario& make,
                      const std::atomic<bool>& stop);

// The orders weaker than written that operation can have, in steps: those of one step are tried
// where all of the step before fail. The weakest come first.
std::vector<std::vector<std::memory_order>> weaker_orders(std::string_view operation,
                                                          std::memory_order written);
// Stronger ones, the strongest first.
std::vector<std::vector<std::memory_order>> stronger_orders(std::string_view operation,
                                                            std::memory_order written);

}  // namespace poolproof
