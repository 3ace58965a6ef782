#include "doubt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "budget.hpp"
#include "harness/base/text.hpp"
#include "harness/subjects/subjects.hpp"

namespace poolproof {

namespace {

using Kind = CheckSearch::Kind;

constexpr std::uint64_t least_executions = 1000;
constexpr std::uint32_t least_preemptions = 3;
constexpr double most_missed = 0.5;                // the chance to have missed a bug
constexpr std::uint64_t many_executions = 10'000;  // of a search that does not know that chance
constexpr std::uint32_t least_actors = 3;
constexpr std::uint32_t least_blocks = 3;
constexpr double longer = 4;  // times the work, where nobody can say how much is enough

bool counts_preemptions(const CheckSearch& search) {
  return search.kind == Kind::preemptions || search.kind == Kind::departures;
}

// Returns why the scope is too small for a PASS; empty if it is not.
std::string scope_doubt(const CheckConfig& config, const Subject& subject) {
  const bool pool = subject.family == Family::block;
  const Scope& scope = config.scope;
  if (scope.actors < least_actors || (pool && scope.blocks < least_blocks)) {
    return pool ? fmt::format(
                      "a scope of {} actors and {} block{} misses real bugs: a PASS needs at least "
                      "{} by {}",
                      scope.actors, scope.blocks, scope.blocks == 1 ? "" : "s", least_actors,
                      least_blocks)
                : fmt::format(
                      "a scope of {} actors misses real bugs: a PASS needs at least {} actors",
                      scope.actors, least_actors);
  }
  if (counts_preemptions(config.search) && config.search.bound < least_preemptions) {
    return fmt::format("{} does not suffice: the plain ABA bug needs {} preemptions",
                       format_search(config.search), least_preemptions);
  }
  return {};
}

// made of wanted was done: how to do all of it.
std::string enough(const CheckConfig& config, const CheckReport& report, double wanted,
                   double made) {
  if (config.executions == 0) {
    return enough_budget(report.seconds, wanted, made) + " would be enough";
  }
  return fmt::format(
      "--executions {:.0f} would be enough",
      std::ceil(static_cast<double>(report.executions) * wanted / std::max(made, 1.0)));
}

Doubt missed_doubt(const CheckConfig& config, const CheckReport& report, const CheckSearched& pct) {
  const double done = static_cast<double>(pct.executions - pct.longer);
  const std::string text = fmt::format(
      "the chance to have missed a bug that takes {} orderings of steps may be {:.0f} %, and a "
      "PASS "
      "needs one of at most {:.0f} %: ",
      pct.search.bound, 100 * pct.missed(), 100 * most_missed);
  if (!(pct.chance > 0) || !(done > 0)) return {text + "search longer", longer};
  const double wanted = std::log(most_missed) / std::log1p(-pct.chance);
  return {text + enough(config, report, wanted, done), wanted / done};
}

// The table shows this depth of several, and a PASS rests on it.
constexpr std::uint32_t shown_depth = 3;

// Returns why the search may well have missed a bug; empty if it says enough.
Doubt evidence_doubt(const CheckConfig& config, const CheckReport& report) {
  if (report.exhausted) return {};
  if (config.search.is_systematic()) {
    if (report.share >= 1 - most_missed) return {};
    return {fmt::format("{:.2g} % of the search was done, and a PASS needs half of it: {} would be "
                        "enough",
                        100 * report.share,
                        enough_budget(report.seconds, 1 - most_missed, report.share)),
            (1 - most_missed) / report.share};
  }
  const CheckSearched* pct = nullptr;
  for (const CheckSearched& part : report.searched) {
    const bool all_departures = part.search.kind == Kind::departures && part.exhausted;
    if (all_departures && part.search.bound >= least_preemptions) return {};
    if (part.search.kind == Kind::exhaustive && part.share >= 1 - most_missed) return {};
    if (part.search.kind != Kind::pct) continue;
    if (pct == nullptr || part.search.bound == shown_depth) pct = &part;
  }
  if (pct != nullptr) {
    return pct->missed() > most_missed ? missed_doubt(config, report, *pct) : Doubt();
  }
  if (report.end_states.chance_of_new() <= most_missed) return {};
  if (report.executions >= many_executions) return {};
  return {
      fmt::format("one more execution would probably end in a new state ({:.0f} %): a PASS needs "
                  "{} executions, or that this is less probable than 50 %",
                  100 * report.end_states.chance_of_new(), many_executions),
      static_cast<double>(many_executions) / static_cast<double>(report.executions)};
}

Doubt executions_doubt(const CheckConfig& config, const CheckReport& report) {
  if (report.exhausted || report.executions >= least_executions) return {};
  const auto made = static_cast<double>(report.executions);
  return {fmt::format(
              "only {} executions were made: a PASS needs at least {}, so search longer; {}",
              report.executions, least_executions, enough(config, report, least_executions, made)),
          least_executions / made};
}

// Returns why too few actors were stopped to say that nobody waits for one; empty if they were not.
Doubt progress_doubt(const CheckConfig& config, const CheckReport& report) {
  if (!config.lock_free) return {};
  if (report.stopped == 0) return {"in no execution an actor was stopped: search longer", longer};
  if (report.exhausted || report.stopped >= least_executions) return {};
  const auto made = static_cast<double>(report.stopped);
  return {
      fmt::format("in only {} executions an actor was stopped: a PASS needs at least {}; {}",
                  report.stopped, least_executions, enough(config, report, least_executions, made)),
      least_executions / made};
}

// All that speaks against a PASS, what matters most first; those without a text are none.
std::vector<Doubt> program_doubts(const CheckConfig& config, const CheckReport& report) {
  if (report.discarded >= report.executions) {
    return {
        {"no execution counts: all were discarded, as assumptions or waiting without an end "
         "have it"}};
  }
  return {executions_doubt(config, report), evidence_doubt(config, report)};
}

std::vector<Doubt> doubts_of(const CheckConfig& config, const CheckReport& report) {
  if (config.scenario == program_scenario) return program_doubts(config, report);
  const Subject* const subject = find_subject(config.allocator);
  if (subject == nullptr) return {};
  std::vector<Doubt> doubts;
  if (!subject->sound) {
    doubts.push_back(
        {"no violation was seen; a broken allocator is never a PASS: search longer", longer});
  }
  doubts.push_back({scope_doubt(config, *subject)});
  if (report.interrupted) doubts.push_back({"interrupted", 1});
  doubts.push_back(executions_doubt(config, report));
  doubts.push_back(progress_doubt(config, report));
  if (!config.lock_free && subject->aba_prone && report.aba_windows == 0) {
    doubts.push_back(
        {"no execution saw an ABA window, so the cure was never needed: search longer, or with "
         "more rounds",
         longer});
  }
  doubts.push_back(evidence_doubt(config, report));
  return doubts;
}

// Makes the check large enough for a PASS, as far as its bounds go.
void enlarge(CheckConfig& config) {
  if (counts_preemptions(config.search)) {
    config.search.bound = std::max(config.search.bound, least_preemptions);
  }
  if (config.scenario == program_scenario) return;
  config.scope.actors = std::max(config.scope.actors, least_actors);
  config.scope.blocks = std::max(config.scope.blocks, least_blocks);
}

// Multiplies the budget of the check. Returns false if the result is too large.
bool take_longer(CheckConfig& config, const CheckReport& report, double times) {
  const double executions = std::ceil(static_cast<double>(report.executions) * times);
  if (config.executions != 0) {
    constexpr double most = 1e15;
    if (!(executions <= most)) return false;
    config.executions = static_cast<std::uint64_t>(executions);
    return true;
  }
  const auto time = enough_time(report.seconds, times, 1);
  if (time) config.budget = std::max(*time, config.budget);
  return time.has_value();
}

}  // namespace

Doubt doubt_of(const CheckConfig& config, const CheckReport& report) {
  for (Doubt& doubt : doubts_of(config, report)) {
    if (!doubt.text.empty()) return std::move(doubt);
  }
  return {};
}

std::optional<CheckConfig> next_check(const CheckConfig& config, const CheckReport& report) {
  if (report.verdict != Verdict::unknown) return std::nullopt;
  if (report.interrupted) return config;
  if (report.reason.empty() || report.reason != doubt_of(config, report).text) return std::nullopt;
  CheckConfig next = config;
  enlarge(next);
  double times = 0;
  for (const Doubt& doubt : doubts_of(config, report)) times = std::max(times, doubt.times);
  if (times == 0) {
    return check_command(next) == check_command(config) ? std::nullopt : std::optional(next);
  }
  if (take_longer(next, report, times)) return next;
  if (!config.search.is_systematic()) return std::nullopt;
  next.search = {Kind::automatic, 0};  // which covers less, and ends
  return next;
}

std::optional<Nanoseconds> enough_time(double seconds, double wanted, double done) {
  constexpr double reserve = 1.25;
  const double enough = done > 0 ? std::ceil(reserve * seconds * wanted / done) : 1e9;
  if (!(enough <= 3'600'000)) return std::nullopt;
  return std::chrono::seconds(std::llround(std::max(1.0, enough)));
}

std::string enough_budget(double seconds, double wanted, double done) {
  const auto time = enough_time(seconds, wanted, done);
  return time ? "-b " + format_duration(*time) : "no -b of at most 1000h";
}

}  // namespace poolproof
