// The engine: runs a ModelTest under Relacy, execution after execution, with a Strategy that makes
// the choices. Knows nothing of allocators. Relacy's machinery is compiled once for each number of
// actors, in adapter/execution/explore.cpp, whatever number of tests and strategies there is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <span>
#include <string>

#include "allocators/backend.hpp"
#include "harness/check/memory.hpp"
#include "history.hpp"
#include "schedule.hpp"
#include "strategy.hpp"

namespace poolproof {

class Names;
class StateHash;

// What is explored. One object serves all executions: before() sets everything up anew, and an
// execution that fails is abandoned where it stands, without after() and without destructors.
class ModelTest {
 public:
  static constexpr unsigned most_actors = 16;

  ModelTest() = default;
  ModelTest(const ModelTest&) = delete;
  ModelTest& operator=(const ModelTest&) = delete;
  virtual ~ModelTest() = default;

  virtual void before() = 0;               // one thread; happens before all actors
  virtual void actor(unsigned index) = 0;  // index in [0, actors), all at once
  virtual void after() = 0;                // one thread; all actors happen before it
  // Do all actors do the same, so that one may stand for another?
  virtual bool is_symmetric() const { return false; }
  // How the last execution ended, as a hash: who got what, and what is left. To be asked after it.
  virtual std::uint64_t end_state() const { return 0; }
  // Adds all that the model and what it tests keep outside of atomics, variables, mutexes and the
  // actors' stacks, as far as it decides what can still fail; with_end also what the end state
  // tells of the past. False: that is not known.
  virtual bool add_state(StateHash&, bool with_end) const {
    static_cast<void>(with_end);
    return false;
  }
  // Names the variables of the last execution, failed or not. Only addresses may be taken.
  virtual void describe(Names&) const {}

  // For models whose actors begin within an execution, see model_begins: those that do, as bits.
  virtual std::uint32_t later_actors() const { return 0; }
  // Scheduling points in one execution; 0: as Limits has it. More end it: then it does not count,
  // and the model is told.
  virtual unsigned most_steps() const { return 0; }
  virtual void takes_too_long() {}
  // Is an execution discarded, and not failed, when all actors wait for each other for good?
  virtual bool discards_blocked() const { return false; }
  // Can states be told, by the stacks of the fibers that the engine makes?
  virtual bool has_states() const { return true; }
  // The executions are over, passed or failed: the caller of explore runs again.
  virtual void left() {}
  // Where an actor stands that waits for others for good; empty: the engine knows.
  virtual std::string waits_at(unsigned actor) const {
    static_cast<void>(actor);
    return {};
  }
  // Says where the events of the last execution came from, as far as the engine cannot know it.
  virtual void place(History&) const {}
};

// How far behind the newest store an access may read, or put its own: as far as stores are kept
// (StoreList::most), or one store; and then a weak CAS may fail spuriously at most once for each
// atomic, so that every interleaving can be counted.
enum class StaleReads : std::uint8_t { all, one };

struct Limits {
  std::uint64_t executions = ~std::uint64_t{0};
  // Scheduling points in one execution without a call of the model that begins or returns; more are
  // a livelock. So is it if all actors wait for each other: that is seen before.
  unsigned depth = 4000;
  StaleReads stale_reads = StaleReads::all;
  Memory memory = Memory::cpp20;  // relacy: its loads look two stores back at most
  // One actor may be stopped for good before any of its first steps_to_stop steps, as a choice at
  // the start of the execution says. It goes on once all others are done, so that after() finds
  // order. Others that wait for it, or come to no end, fail by the oracle progress.
  bool stop_one_actor = false;
  bool trace = false;  // collect the history of a failing execution: slow
  // Asked before each execution, with the number of those before it; true ends the search.
  std::function<bool(std::uint64_t executions)> stop = {};
};

struct ModelResult {
  bool passed = false;
  bool exhausted = false;        // the strategy had no execution left
  std::uint64_t executions = 0;  // the failing one included
  std::string oracle;            // that failed, in one word
  std::string failure;           // what went wrong, in one line
  Schedule schedule = {};        // of the failing execution, or the last
  History history = {};          // of the failing execution, with Limits::trace
  // How many executions saw each event: a pass in which a danger never came up proves little.
  std::array<std::uint64_t, event_kinds> executions_with{};
  std::uint64_t stopped =
      0;  // executions in which an actor was stopped; see Limits::stop_one_actor
  std::uint64_t discarded = 0;  // executions that do not count, see model_discards
  std::uint64_t guessed = 0;    // executions with a guess, see model_guessed
  double seconds = 0;
};

constexpr std::uint32_t steps_to_stop = 64;

// actors: 2, 3, 4, 8 or 16. Not to be called from within an execution. record: where the choices of
// the execution in progress are kept; memory that is shared with another process shows them there.
ModelResult explore(ModelTest& test, unsigned actors, Strategy& strategy, const Limits& limits = {},
                    ScheduleRecord* record = nullptr);

// For Limits::stop: how many executions of the exploration in progress have seen each event.
const std::array<std::uint64_t, event_kinds>& executions_with_events();

// Of the last execution: was an actor taken for one that waits, and left out for a while, of which
// it is not known that it would never give up? Then something that only its giving up shows was not
// seen.
bool model_guessed();

// For oracles, within an execution: ends it as failed unless ok. oracle: one word, such as
// "ownership"; message: a sentence. Both must live as long as the program.
void require(bool ok, const char* oracle, const char* message,
             std::source_location where = std::source_location::current());
// For ModelTest::add_state: adds bytes without those of the atomics, variables and mutexes that lie
// in them.
void add_plain_bytes(StateHash& hash, std::span<const std::byte> bytes);
// A number in [0, n), n at least 1: a choice that the search explores like a schedule.
std::uint32_t model_choice(std::uint32_t n);
// A step at no access, in executions of fine steps (see Strategy): others may move here.
void model_fine_step();
// For models with later_actors. An actor begins now; one waits for others, or no longer does, until
// which it takes no step; the execution is over at once, and each actor leaves when it next runs;
// it does not count, and it is no failure if its actors wait for each other for good.
void model_begins(unsigned actor);
void model_blocks(unsigned actor);
void model_unblocks(unsigned actor);
void model_ends();
void model_discards();
bool model_is_over();
bool model_is_discarded();
// An event of the trace, for models that make all of theirs themselves.
void model_event(HistoryEvent event);
// A line of the trace: what an actor is about to do, or got. Costs next to nothing without a trace.
void model_note(const char* text, std::source_location where = std::source_location::current());
bool model_is_traced();
// Is Limits::stop_one_actor set? Then a model keeps to calls that say they are lock-free.
bool model_stops_one_actor();

}  // namespace poolproof
