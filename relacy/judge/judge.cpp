#include "judge.hpp"

#include <algorithm>
#include <bit>

#include "axioms.hpp"

namespace poolproof::judge {

namespace {

// The least that an execution needs. An engine that takes steps one after another takes them in an
// order that extends these relations: a cycle says that there is none.
Needs needs_of(const Execution& execution, const CoherenceOrder& coherence,
               const Relation& seq_cst) {
  Relation steps = sequenced(execution);
  steps.add(coherence.reads_from);
  if (steps.has_cycle()) return Needs::load_buffering;
  steps.add(seq_cst);
  return steps.has_cycle() ? Needs::other_order : Needs::nothing;
}

std::string outcome_of(const Program& program, const Execution& execution,
                       const Relation& modification) {
  ReadValues read{};
  LastValues last{};
  for_each(execution.reads, [&](EventId event) {
    read[execution.events[event].thread][execution.events[event].index] = execution.read[event];
  });
  for_each(execution.writes, [&](EventId event) {
    if (modification.after(event) == 0) {
      last[execution.events[event].op.object] = execution.written[event];
    }
  });
  std::string outcome;
  append_outcome(outcome, program, read, last);
  return outcome;
}

class Judge {
 public:
  explicit Judge(const Program& program) : program_(program) {}

  Allowed judge() {
    Candidates(program_).for_each([this](const Execution& execution) {
      const HappensBefore happens(execution);
      if (!happens.is_acyclic) return;
      const bool race = has_race(execution, happens);
      Coherence(execution, happens).for_each_order([&](const Relation& modification) {
        const CoherenceOrder coherence(execution, modification);
        const Relation seq_cst = seq_cst_order(execution, happens, coherence);
        if (seq_cst.has_cycle()) return;
        add(execution, coherence, needs_of(execution, coherence, seq_cst), race);
      });
    });
    return allowed_;
  }

 private:
  void add(const Execution& execution, const CoherenceOrder& coherence, Needs needs, bool race) {
    ++allowed_.executions;
    if (needs != Needs::load_buffering) ++allowed_.without_buffering;
    if (race) allowed_.race = std::min(allowed_.race.value_or(needs), needs);
    const auto [at, added] =
        allowed_.outcomes.emplace(outcome_of(program_, execution, coherence.modification), needs);
    if (!added) at->second = std::min(at->second, needs);
  }

  const Program& program_;
  Allowed allowed_;
};

}  // namespace

unsigned Allowed::count(Needs most) const {
  return static_cast<unsigned>(
      std::ranges::count_if(outcomes, [=](const auto& outcome) { return outcome.second <= most; }));
}

Allowed allowed(const Program& program) { return Judge(program).judge(); }

}  // namespace poolproof::judge
