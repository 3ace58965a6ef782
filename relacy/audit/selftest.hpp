// A selftest: would the checks that a user makes find a bug in the user's code? It plants one after
// the other, without compiling again, and says which of them the checks kill. Planted are: each
// memory order a step weaker; each compare-and-swap, exchange or addition as a load and a store;
// each fence left out. (Mutation analysis: DeMillo, Lipton and Sayward, Computer 1978.)
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit.hpp"
#include "harness/check/selftest.hpp"

namespace poolproof {

struct SelftestMutant {
  enum class Verdict : std::uint8_t {
    killed,
    survived,     // some check came to its budget without a failure
    equivalent,   // every check went through all executions of its scope, and none failed
    not_reached,  // no execution came to the place
    not_tried     // the selftest was stopped before
  };
  SourceOrder source;
  OrderChange change;
  std::string kept;  // the reason in the source's comment why the order stays
  Verdict verdict = Verdict::not_tried;
  std::uint64_t executions = 0;  // of all checks
  double seconds = 0;
  std::optional<CheckFailure> failure;  // that killed it
  std::string scenario;                 // in which it did
};

struct SelftestReport {
  std::vector<SelftestMutant> mutants;  // by file and line
  std::vector<std::string> notes;
  // As it is written the allocator fails, under this scenario; then no mutant is tried.
  std::optional<CheckFailure> failure;
  std::string failing_scenario;
  std::string empty;            // why nothing can be planted; empty: something can
  bool too_few_actors = false;  // a program has more than the scope
  std::string unknown;          // why the check says nothing of the code; empty: it does
  std::uint64_t executions = 0;
  double seconds = 0;
  bool interrupted = false;

  std::size_t count(SelftestMutant::Verdict verdict) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(mutants.begin(), mutants.end(),
                      [=](const SelftestMutant& mutant) { return mutant.verdict == verdict; }));
  }
  // The part of the mutants that was killed, in percent, rounded down. Equivalent mutants do not
  // count; if there are no others, 0.
  std::uint32_t score() const noexcept {
    const std::size_t of = mutants.size() - count(SelftestMutant::Verdict::equivalent);
    const std::size_t killed = count(SelftestMutant::Verdict::killed);
    return of == 0 ? 0 : static_cast<std::uint32_t>(100 * killed / of);
  }
};

// Makes the checks one after the other. Stops after the check in progress when stop is set.
SelftestReport run_selftest(const SelftestConfig& config, const AuditSubject& subject,
                            const std::atomic<bool>& stop);

// The changes that are planted at one place.
std::vector<OrderChange> mutations_of(const SourceOrder& source);

}  // namespace poolproof
