// What goes into one stress run and what comes out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/base/time.hpp"
#include "harness/oracles/violation_log.hpp"
#include "latencies.hpp"

namespace poolproof {

enum class Verdict : std::uint8_t { pass, fail, unknown };

// One allocator under one scenario.
struct RunConfig {
  std::string allocator;
  std::string scenario;
  std::uint32_t threads = 2;
  Nanoseconds budget = std::chrono::seconds(10);
  std::uint64_t seed = 1;
  std::uint32_t blocks = 16;       // of the pool
  std::uint32_t block_size = 64;   // bytes
  std::uint32_t chaos_one_in = 0;  // 0: off
  bool keep_going = false;         // after a violation, go on with a new pool until the budget ends
  Nanoseconds stall_limit = std::chrono::seconds(10);  // of the watchdog
};

struct RunReport {
  Verdict verdict = Verdict::unknown;
  std::string reason;  // of UNKNOWN
  std::optional<Failure> failure;
  std::uint64_t failures = 0;  // more than one only with keep_going
  std::uint64_t pairs = 0;     // allocs with their frees; of linear allocators, carves
  double seconds = 0;
  std::uint64_t rests = 0;        // times that all came to rest and the pool was checked
  std::uint64_t aba_windows = 0;  // see Event
  std::uint64_t recycles = 0;
  std::uint64_t claims = 0;
  std::uint64_t grows = 0;
  std::uint64_t exhaustions = 0;  // allocs that found the pool empty
  std::uint64_t delays = 0;       // injected
  LatencySummary latency;         // of calls of a block allocator, injected delays included
};

}  // namespace poolproof
