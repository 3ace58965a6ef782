#include "linear_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "child.hpp"
#include "scenarios/linear_scenarios.hpp"

namespace poolproof {
namespace {

using std::chrono::milliseconds;

const std::atomic<bool> never_stop{false};

// In a child: a fault may well be a data race.
template <class Linear, class Scenario = Carve>
RunReport run(milliseconds budget = milliseconds(200)) {
  RunConfig config;
  config.budget = budget;
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<LinearRun<Linear, Scenario>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}

TEST(LinearRun, PassesTheSoundOnes) {
  const RunReport buffer = run<AsyncLinearAllocator<>>();
  EXPECT_EQ(buffer.verdict, Verdict::pass);
  EXPECT_GT(buffer.exhaustions, 0U);
  EXPECT_EQ(run<StaticLinear<StdBackend>>().verdict, Verdict::pass);
  EXPECT_EQ((run<AsyncLinearAllocator<>, CarveAligned>().verdict), Verdict::pass);
}

// A run ends with the first violation: this is what a machine under load may need for one.
constexpr std::chrono::seconds enough(10);

// A linear allocator whose offset_ a test can get wrong.
struct FaultyLinear {
  FaultyLinear(std::byte* buffer, std::size_t size, std::size_t)
      : memory(buffer), bytes(static_cast<std::int64_t>(size)) {}
  std::size_t capacity() const { return static_cast<std::size_t>(bytes); }
  std::size_t used() const {
    return static_cast<std::size_t>(std::min<std::int64_t>(offset.load(), bytes));
  }
  void reset() { offset = 0; }

  std::byte* memory;
  std::int64_t bytes;
  std::atomic<std::int64_t> offset{0};
};

// What an aligned piece costs is told by where the offset lies before it is claimed.
struct Peeks : FaultyLinear {
  using FaultyLinear::FaultyLinear;
  void* alloc(std::size_t size) {
    if (size > linear_bytes) return nullptr;
    const auto need = static_cast<std::int64_t>(align_up(size, linear_granule));
    if (offset.load() + need > bytes) return nullptr;
    const std::int64_t old = offset.fetch_add(need);
    return old + need > bytes ? nullptr : memory + old;
  }
  void* alloc_aligned(std::size_t size, std::size_t alignment) {
    const std::int64_t seen = offset.load();
    const bool lies_well = static_cast<std::size_t>(seen) % alignment == 0;
    if (seen % 4096 < 256) std::this_thread::yield();  // on a busy machine, as below
    auto* start =
        static_cast<std::byte*>(alloc(size + (lies_well ? 0 : alignment - linear_granule)));
    return start == nullptr ? nullptr : start + bytes_to_alignment(start, alignment);
  }
};
TEST(LinearRun, CatchesAlignedPiecesThatOverlap) {
  const RunReport report = run<Peeks, CarveAligned>(enough);
  ASSERT_TRUE(report.failure);
  EXPECT_TRUE(report.failure->oracle == "ownership" || report.failure->oracle == "payload");
}

// Failed requests keep adding to a narrow offset, until it wraps.
struct Wraps : FaultyLinear {
  using FaultyLinear::FaultyLinear;
  std::atomic<std::uint32_t> narrow{0};
  void* alloc(std::size_t size) {
    const auto need = static_cast<std::uint32_t>(align_up(size, linear_granule));
    const std::uint32_t old = narrow.fetch_add(need);
    offset = old + need;
    return old + need > linear_bytes ? nullptr : memory + old;
  }
  void reset() { narrow = 0; }
};
TEST(LinearRun, CatchesAnOffsetThatWraps) {
  const RunReport report = run<Wraps>(enough);
  ASSERT_TRUE(report.failure);
}

// A load and a store where one fetch_add is needed: two actors can get the same piece.
struct Races : FaultyLinear {
  using FaultyLinear::FaultyLinear;
  void* alloc(std::size_t size) {
    if (size > linear_bytes) return nullptr;
    const auto need = static_cast<std::int64_t>(align_up(size, linear_granule));
    const std::int64_t old = offset.load();
    if (old + need > bytes) return nullptr;
    // On a busy machine two threads seldom run at once, and few are preempted just here.
    if (old % 4096 < need) std::this_thread::yield();
    offset.store(old + need);
    return memory + old;
  }
};
TEST(LinearRun, CatchesTwoOwnersOfAPiece) {
  const RunReport report = run<Races>(enough);
  ASSERT_TRUE(report.failure);
}

// Gives up with much memory left.
struct GivesUpEarly : FaultyLinear {
  using FaultyLinear::FaultyLinear;
  void* alloc(std::size_t size) {
    if (size > linear_bytes) return nullptr;
    const auto need = static_cast<std::int64_t>(align_up(size, linear_granule));
    const std::int64_t old = offset.fetch_add(need);
    return old + need > bytes / 2 ? (offset = bytes, nullptr) : memory + old;
  }
};
TEST(LinearRun, CatchesMemoryThatIsNeverHandedOut) {
  const RunReport report = run<GivesUpEarly>(enough);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "must_succeed");
}

}  // namespace
}  // namespace poolproof
