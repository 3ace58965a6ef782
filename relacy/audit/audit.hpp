// An audit: is every memory order of an allocator needed? It weakens one order at a time and
// searches for a counterexample. If the allocator fails as it is written, it strengthens one order
// at a time instead, to see which one would cure it.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/check/audit.hpp"
#include "relacy/models/model_subjects.hpp"
#include "source_orders.hpp"

namespace poolproof {

// One order in the place of another, and what the searches found.
struct AuditTrial {
  std::memory_order order = std::memory_order_relaxed;
  bool thorough = false;         // it survived a thorough search
  std::uint64_t executions = 0;  // of all checks; failure has those of the failing check
  double seconds = 0;
  std::optional<CheckFailure> failure;
  std::string scenario;  // that failed
  CheckSearch search;    // that found it
};

struct AuditSite {
  enum class Verdict : std::uint8_t {
    needed,       // every weaker order fails
    not_shown,    // a weaker order survived this scope and search
    relaxed,      // there is no weaker order
    not_reached,  // no execution came here
    not_tried,    // the audit was stopped before, or there is no stronger order to try
    cure,         // the allocator fails, and a stronger order was not seen to fail
    no_cure       // the allocator fails, and no stronger order helps
  };
  SourceOrder source;
  std::string kept;  // the reason in the source's comment why it stays
  bool reached = false;
  std::vector<AuditTrial> trials;
  Verdict verdict = Verdict::not_reached;
  // not_shown: the weakest order that survived; cure: the weakest order that cures. There are two
  // if neither is weaker than the other.
  std::vector<std::memory_order> survivors;
};

struct AuditReport {
  std::vector<AuditSite> sites;  // by file and line
  std::vector<std::string> notes;
  // The failure, and its scenario, if the allocator fails as it is written.
  std::optional<CheckFailure> failure;
  std::string failing_scenario;
  std::string empty;            // why nothing can be said of a program; empty: something can
  bool too_few_actors = false;  // a program has more than the scope
  std::uint64_t executions = 0;
  double seconds = 0;
  bool interrupted = false;
};

constexpr const char* nothing_instrumented =
    "nothing instrumented: no execution made an atomic operation that was seen";
constexpr const char* all_discarded = "all executions were discarded, by assumptions: none counts";

// Returns a maker of models of the allocator under the scenario with this name.
using MakeScenario = std::function<MakeModel(const std::string& scenario)>;

// An audit weakens the orders of this: an allocator, or an unchanged program.
struct AuditSubject {
  template <class Make>
  requires std::convertible_to<Make, MakeScenario> AuditSubject(Make of_scenario)
      : make(std::move(of_scenario)) {}

  MakeScenario make;
  bool is_program = false;
  std::vector<SourceOrder> listed;  // of a program: what stands in its code, reached or not
  // The scope of a scenario, where each has one of its own; empty: all have that of the config.
  std::function<Scope(const std::string& scenario)> own_scope = {};

  Scope scope(const std::string& scenario, const Scope& of_config) const {
    return own_scope ? own_scope(scenario) : of_config;
  }
};

AuditReport run_audit(const AuditConfig& config, const AuditSubject& subject,
                      const std::atomic<bool>& stop);

// The orders weaker than written that the operation can have, in steps, the weakest first. The
// orders of a step are tried if all orders of the step before fail.
std::vector<std::vector<std::memory_order>> weaker_orders(std::string_view operation,
                                                          std::memory_order written);
// The orders stronger than written, in steps, the strongest first.
std::vector<std::vector<std::memory_order>> stronger_orders(std::string_view operation,
                                                            std::memory_order written);

}  // namespace poolproof
