// The input and the output of a model check. The model checker itself is a program of its own, in
// relacy/.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/stress/run.hpp"
#include "memory.hpp"
#include "order_change.hpp"

namespace poolproof {

struct CheckSearch {
  enum class Kind : std::uint8_t {
    random,
    walk,
    pos,
    selective,
    handover,
    pct,
    departures,
    preemptions,
    exhaustive,
    interleavings,
    automatic,  // several of these in turn
  };
  Kind kind = Kind::random;
  // pct: the depth. The others, at most: departures counts preemptions, steps of a load to an older
  // store, and weak CAS that fail spuriously; preemptions counts these alone; exhaustive counts the
  // weak CAS of each actor that fail spuriously.
  std::uint32_t bound = 3;

  // Does it draw its executions at random?
  bool is_sampled() const noexcept { return kind <= Kind::pct; }
  // Does it make each execution once, until none is left?
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
  std::uint32_t blocks = 3;  // linear: two bytes of the buffer each; any size: two units
  std::uint32_t rounds = 3;  // steps of the scenario that each actor takes
};
// Is the scope within the limits?
bool is_possible(const Scope& scope);

// One allocator under one scenario.
struct CheckConfig {
  std::string allocator;
  std::string scenario;
  Scope scope;
  CheckSearch search;
  Memory memory = Memory::cpp20;
  // In each execution one actor may be stopped for good, and the others must finish.
  bool lock_free = false;
  Nanoseconds budget = std::chrono::seconds(60);
  std::uint64_t executions = 0;  // for all jobs and shards together; 0: no limit
  std::uint64_t seed = 1;
  std::uint32_t jobs = 1;
  std::uint32_t shard = 1;  // of shards, from 1
  std::uint32_t shards = 1;
  // How long shrinking a failure may take; 0: it is not shrunk.
  Nanoseconds shrink_limit = std::chrono::seconds(25);
  std::optional<OrderChange> change;  // to the allocator, as an audit makes it
  // Set when an unchanged program stands for the allocator: the id of its build, and its arguments,
  // quoted for a shell.
  std::string build = {};
  std::string arguments = {};
  std::vector<std::string> not_asked = {};  // what the user did not want to see, for unseen_by
  std::vector<std::string> options = {};    // of a program alone: "--no-leaks", "--steps 1000"
};

// The scenario of programs that are checked as they are.
constexpr const char* program_scenario = "program";

// A program that is checked as it is: what is a failure of it.
struct ProgramCheck {
  std::string path;
  std::vector<std::string> arguments;
  bool races = true;             // data races
  bool leaks = true;             // blocks that nothing points to at the end
  bool liveness = true;          // all threads wait for each other, for good
  std::uint32_t steps = 20'000;  // of an execution, at most
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
  Scope scope;  // of the execution that is shown: at most that of the check
  std::uint32_t preemptions = 0;
  std::uint32_t events = 0;  // lines of the trace
  std::string story;         // what went wrong, in a sentence; empty when there is no trace
  std::string trace;         // for people; begins with the story
  // For programs: an array of events; null when there is no trace.
  std::shared_ptr<const TraceJson> trace_json;
};

// One of the searches of a check: what it did, and how sure that makes the user.
struct CheckSearched {
  CheckSearch search;
  std::uint64_t executions = 0;
  bool exhausted = false;  // a systematic search has made all its executions
  double share = 0;        // how much of a systematic search is done, an estimate
  double chance = 0;       // pct: at least with this chance an execution finds a bug of that depth
  std::uint64_t longer = 0;  // executions that were too long for that chance
  // The chance, at most, that all executions missed such a bug.
  double missed() const noexcept {
    return std::pow(1 - chance, static_cast<double>(executions - longer));
  }
};

// How many end states the random executions have reached: who got what, and what is left.
struct EndStateCount {
  std::uint64_t executions = 0;
  std::uint64_t distinct = 0;
  std::uint64_t once = 0;   // states in which only one execution ended
  bool overflowed = false;  // there were more states than can be counted

  // The chance that the next execution ends in a new one (Good and Turing: Good, Biometrika 1953).
  double chance_of_new() const noexcept {
    if (executions == 0 || overflowed) return 1;
    return static_cast<double>(once) / static_cast<double>(executions);
  }
};

struct CheckReport {
  Verdict verdict = Verdict::unknown;
  std::string reason;  // for UNKNOWN
  std::optional<CheckFailure> failure;
  std::uint64_t executions = 0;
  std::uint64_t earlier = 0;  // of these, made before the check was resumed
  double seconds = 0;
  bool interrupted = false;             // it was stopped before its budget was spent
  bool exhausted = false;               // a systematic search has made all its executions
  double share = 0;                     // how much of a systematic search is done, an estimate
  std::vector<CheckSearched> searched;  // the searches that the check is made of
  EndStateCount end_states;             // of random and automatic searches
  std::uint64_t systematic = 0;         // executions of the search that share speaks of
  std::uint64_t aba_windows = 0;        // executions that saw one; see Event
  std::uint64_t recycles = 0;
  std::uint64_t claims = 0;
  std::uint64_t grows = 0;
  std::uint64_t stopped =
      0;  // executions in which an actor was stopped; see CheckConfig::lock_free
  std::uint64_t discarded = 0;  // executions of a program that do not count
  // Executions that left out, for a while, who seemed to wait, and may only have counted its tries.
  std::uint64_t guessed = 0;
};

struct CheckCampaign {
  std::vector<CheckConfig> runs;
  std::vector<std::string> notes;  // what is left out, and why
  std::uint64_t seed = 1;
  bool json = false;
  bool progress_json = false;  // progress as JSON lines
  std::string report;          // the folder that the report goes to; empty: none
  std::string resume;          // the file that keeps the state of the searches; empty: none
};

// "auto", "random", "walk", "pos", "selective", "handover", "pct:3", "departures:3",
// "preemptions:3", "exhaustive" (as "exhaustive:1"), "interleavings".
std::optional<CheckSearch> parse_search(const std::string& text);
std::string format_search(const CheckSearch& search);
// Returns the present name of a search that was renamed: "preemptions:3" for "bounded:3",
// "interleavings" for "full".
std::optional<std::string> renamed_search(const std::string& text);

// The command that repeats the check.
std::string check_command(const CheckConfig& config);

// Judges the verdict by the allocator, the scope and the search: a PASS that proves little becomes
// UNKNOWN.
void judge_check(const CheckConfig& config, CheckReport& report);

}  // namespace poolproof
