// The engine: runs a ModelTest under Relacy, execution after execution, until one fails or all that
// were asked for have passed. Knows nothing of allocators. Relacy's machinery is compiled once for
// each number of actors and each search, in model_engine.cpp, whatever number of tests there is.
#pragma once

#include <array>
#include <cstdint>
#include <source_location>
#include <string>

#include "allocators/backend.hpp"

namespace poolproof {

// What is explored. One object serves all executions: before() sets everything up anew, and an
// execution that fails is abandoned where it stands, without after() and without destructors.
class ModelTest {
 public:
  ModelTest() = default;
  ModelTest(const ModelTest&) = delete;
  ModelTest& operator=(const ModelTest&) = delete;
  virtual ~ModelTest() = default;

  virtual void before() = 0;               // one thread; happens before all actors
  virtual void actor(unsigned index) = 0;  // index in [0, actors), all at once
  virtual void after() = 0;                // one thread; all actors happen before it
  virtual void invariant() {}              // at each scheduling point; reads only
};

// How it is explored. Random: execution number n always takes the same schedule and the same
// choices, as Relacy's random scheduler seeds itself with it. So first and count are seed, shard
// and replay in one. Bounded: all schedules with at most so many preemptions, all choices; count is
// then a limit, and first must be 1.
struct Search {
  enum class Kind : std::uint8_t { random, bounded };

  static constexpr Search random(std::uint64_t count, std::uint64_t first = 1) noexcept {
    return {.kind = Kind::random, .first = first, .count = count};
  }
  static constexpr Search bounded(unsigned preemptions,
                                  std::uint64_t most = ~std::uint64_t{0}) noexcept {
    return {.kind = Kind::bounded, .count = most, .preemptions = preemptions};
  }

  Kind kind = Kind::random;
  std::uint64_t first = 1;
  std::uint64_t count = 1000;
  unsigned preemptions = 3;
  unsigned depth = 4000;  // scheduling points in one execution; more are a livelock
};

struct ModelResult {
  bool passed = false;
  bool exhausted = false;        // bounded: every schedule within the bound was run
  std::uint64_t executions = 0;  // run, the failing one included
  std::uint64_t failing = 0;     // its number: Search::random(1, failing) runs it again
  std::string failure;           // what went wrong, in one line
  std::string trace;             // every access of the failing execution, in order
  // How many executions saw each event: a pass in which a danger never came up proves little.
  std::array<std::uint64_t, event_kinds> executions_with{};
  double seconds = 0;
};

// actors: 2 to 4. Not to be called from within an execution.
ModelResult explore(ModelTest& test, unsigned actors, const Search& search);

// For oracles, within an execution: ends it as failed unless ok.
void model_check(bool ok, const char* message,
                 std::source_location where = std::source_location::current());
// A number in [0, n), n at least 1: a choice that the search explores like a schedule.
std::uint32_t model_choice(std::uint32_t n);

}  // namespace poolproof
