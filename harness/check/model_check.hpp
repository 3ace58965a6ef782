// What goes into a model check and what comes out of it. The model checker itself lies in relacy/,
// in a program of its own.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/stress/run.hpp"
#include "order_change.hpp"

namespace poolproof {

struct CheckSearch {
  enum class Kind : std::uint8_t {
    random,
    walk,
    pct,
    departures,
    bounded,
    exhaustive,
    full,
    automatic,  // several of these in turn
  };
  Kind kind = Kind::random;
  // pct: the depth; departures: from the plain course of things, preemptions, steps to older stores
  // and weak CAS that fail for nothing; bounded: preemptions; exhaustive: weak CAS that fail for
  // nothing, each actor's.
  std::uint32_t bound = 3;

  // Execution after execution by chance?
  bool is_sampled() const noexcept { return kind <= Kind::pct; }
  // Each once, until there is none left?
  bool is_systematic() const noexcept { return !is_sampled() && kind != Kind::automatic; }

  friend bool operator==(const CheckSearch&, const CheckSearch&) = default;
};

// How much of the allocator one execution exercises.
struct Scope {
  static constexpr std::uint32_t least_actors = 2;
  static constexpr std::uint32_t most_actors = 4;  // the engine's limit
  static constexpr std::uint32_t most_blocks = 8;
  static constexpr std::uint32_t most_rounds = 100;

  std::uint32_t actors = 3;
  std::uint32_t blocks = 3;  // of linear allocators: two bytes of the buffer each
  std::uint32_t rounds = 3;  // steps of the scenario that each actor takes
};
// Within the limits?
bool is_possible(const Scope& scope);

// One allocator under one scenario.
struct CheckConfig {
  std::string allocator;
  std::string scenario;
  Scope scope;
  CheckSearch search;
  // In each execution one actor may be stopped for good, and the others must come to their ends.
  bool progress = false;
  Nanoseconds budget = std::chrono::seconds(60);
  std::uint64_t executions = 0;  // 0: no limit. Of all jobs and shards together
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::uint32_t shard = 1;  // of shards, from 1
  std::uint32_t shards = 1;
  // How long a failure may be made smaller; 0: not at all.
  Nanoseconds shrink_limit = std::chrono::seconds(25);
  std::optional<OrderChange> change;  // of the allocator, as an audit makes it
};

struct TraceJson;

struct CheckFailure {
  std::string oracle;  // "ownership", "race", "livelock", "deadlock", "leak", "progress", ...
  CheckSearch search;  // that found it
  std::string message;
  std::string token;             // for poolproof replay; empty when there is none
  std::uint64_t executions = 0;  // until it was found
  double seconds = 0;
  double shrink_seconds = 0;
  Scope scope;  // it is shown in: at most that of the check
  std::uint32_t preemptions = 0;
  std::uint32_t events = 0;  // lines of the trace
  std::string trace;         // for people, with what it means in the last line
  // For programs: an array of events; null when there is no trace.
  std::shared_ptr<const TraceJson> trace_json;
};

// One of the searches that were made in a check: what it did, and how sure that makes one.
struct CheckSearched {
  CheckSearch search;
  std::uint64_t executions = 0;
  bool exhausted = false;    // of a systematic one: it has come to its end
  double share = 0;          // of that, an estimate
  double chance = 0;         // pct: that one execution finds a bug of that depth, at least
  std::uint64_t longer = 0;  // executions of which that is not true
  // That none of them found one: at most.
  double missed() const noexcept {
    return std::pow(1 - chance, static_cast<double>(executions - longer));
  }
};

// In how many states executions by chance have ended: who got what, and what is left.
struct EndStateCount {
  std::uint64_t executions = 0;
  std::uint64_t distinct = 0;
  std::uint64_t once = 0;   // states in which only one of them ended
  bool overflowed = false;  // there were more than could be counted

  // The chance that the next execution ends in a new one (Good and Turing: Good, Biometrika 1953).
  double chance_of_new() const noexcept {
    if (executions == 0 || overflowed) return 1;
    return static_cast<double>(once) / static_cast<double>(executions);
  }
};

struct CheckReport {
  Verdict verdict = Verdict::unknown;
  std::string reason;  // of UNKNOWN
  std::optional<CheckFailure> failure;
  std::uint64_t executions = 0;
  std::uint64_t earlier = 0;  // of these, by processes from which this one went on
  double seconds = 0;
  bool interrupted = false;             // it was stopped before its budget was spent
  bool exhausted = false;               // a systematic search that has come to its end
  double share = 0;                     // of a systematic search that is done, 0 to 1; an estimate
  std::vector<CheckSearched> searched;  // what it was made of
  EndStateCount end_states;             // of one by chance or an automatic one
  std::uint64_t systematic = 0;         // executions of the search that share is of
  std::uint64_t aba_windows = 0;        // executions that saw one; see Event
  std::uint64_t recycles = 0;
  std::uint64_t claims = 0;
  std::uint64_t grows = 0;
  std::uint64_t stopped = 0;  // executions in which an actor was stopped; see CheckConfig::progress
};

struct CheckCampaign {
  std::vector<CheckConfig> runs;
  std::vector<std::string> notes;  // what was left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  std::string report;  // where it goes; empty: nowhere
  std::string resume;  // the file that keeps where the searches stand; empty: none
};

// "auto", "random", "walk", "pct:3", "departures:3", "bounded:3", "exhaustive" (as "exhaustive:1"),
// "full".
std::optional<CheckSearch> parse_search(const std::string& text);
std::string format_search(const CheckSearch& search);

// The command that repeats the check.
std::string check_command(const CheckConfig& config);

// The verdict in the light of the allocator, the scope and the search: a PASS that proves little
// becomes UNKNOWN.
void judge_check(const CheckConfig& config, CheckReport& report);

}  // namespace poolproof
