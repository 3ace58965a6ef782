// What goes into a model check and what comes out of it. The model checker itself lies in relacy/,
// in a program of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "order_change.hpp"
#include "run.hpp"

namespace poolproof {

struct CheckSearch {
  enum class Kind : std::uint8_t { random, walk, pct, bounded, exhaustive, full };
  Kind kind = Kind::random;
  // pct: the depth; bounded: preemptions; exhaustive: weak CAS that fail for nothing, each actor's.
  std::uint32_t bound = 3;

  // Execution after execution by chance, or each once until there is none left?
  bool is_sampled() const noexcept { return kind <= Kind::pct; }
};

// How much of the allocator one execution exercises.
struct CheckShape {
  static constexpr std::uint32_t least_actors = 2;
  static constexpr std::uint32_t most_actors = 4;  // the engine's limit
  static constexpr std::uint32_t most_blocks = 8;
  static constexpr std::uint32_t most_rounds = 100;

  std::uint32_t actors = 3;
  std::uint32_t blocks = 3;  // of linear allocators: two bytes of the buffer each
  std::uint32_t rounds = 3;  // steps of the scenario that each actor takes
};
// Within the limits?
bool is_possible(const CheckShape& shape);

// One allocator under one scenario.
struct CheckConfig {
  std::string allocator;
  std::string scenario;
  CheckShape shape;
  CheckSearch search;
  // In each execution one actor may be stopped for good, and the others must come to their ends.
  bool progress = false;
  Nanoseconds budget = std::chrono::seconds(60);
  std::uint64_t executions = 0;  // 0: no limit. Of all jobs and shards together
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::uint32_t shard = 1;  // of shards, from 1
  std::uint32_t shards = 1;
  // How long a failure may be made smaller.
  Nanoseconds shrink_limit = std::chrono::seconds(25);
  std::optional<OrderChange> change;  // of the allocator, as an audit makes it
};

struct CheckFailure {
  std::string oracle;  // "ownership", "race", "livelock", "deadlock", "leak", "progress", ...
  std::string message;
  std::string token;             // for poolproof replay; empty when there is none
  std::uint64_t executions = 0;  // until it was found
  double seconds = 0;
  double shrink_seconds = 0;
  CheckShape shape;  // it is shown in: at most that of the check
  std::uint32_t preemptions = 0;
  std::uint32_t events = 0;  // lines of the trace
  std::string trace;         // for people, with what it means in the last line
  std::string trace_json;    // for programs: an array of events
};

struct CheckReport {
  Verdict verdict = Verdict::unknown;
  std::string reason;  // of UNKNOWN
  std::optional<CheckFailure> failure;
  std::uint64_t executions = 0;
  std::uint64_t earlier = 0;  // of these, by processes from which this one went on
  double seconds = 0;
  bool interrupted = false;       // it was stopped before its budget was spent
  bool exhausted = false;         // a systematic search that has come to its end
  double share = 0;               // of a systematic search that is done, 0 to 1; an estimate
  std::uint64_t aba_windows = 0;  // executions that saw one; see Event
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

// "random", "walk", "pct:3", "bounded:3", "exhaustive" (as "exhaustive:1"), "full".
std::optional<CheckSearch> parse_search(const std::string& text);
std::string format_search(const CheckSearch& search);

// The command that repeats the check.
std::string check_command(const CheckConfig& config);

// The verdict in the light of the allocator, the scope and the search: a PASS that proves little
// becomes UNKNOWN.
void judge_check(const CheckConfig& config, CheckReport& report);

}  // namespace poolproof
