// The oracles of a whole run, each shown a pool with the fault that it must catch.
#include "block_run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "allocators/deferred_block_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"
#include "child.hpp"
#include "faulty_pool.hpp"
#include "harness/stress/observed_backend.hpp"
#include "scenarios/block_scenarios.hpp"

namespace poolproof {
namespace {

using std::chrono::milliseconds;

const std::atomic<bool> never_stop{false};

RunConfig short_run() {
  RunConfig config;
  config.threads = 2;
  config.budget = milliseconds(300);
  config.seed = 42;
  config.blocks = 64;
  return config;
}

// In a child: a fault may well be a data race, or corrupt what the process stands on.
template <class Pool, class Scenario = Random>
RunReport run(const RunConfig& config = short_run()) {
  const auto make = [](const RunConfig& made) -> std::unique_ptr<StressRun> {
    return std::make_unique<BlockRun<Pool, Scenario>>(made);
  };
  return run_in_child(
      config, make, [](const Progress&) {}, never_stop);
}

// A run ends with the first violation: the budget is what a machine under load may need.
template <class Fault, class Scenario = Random>
std::string oracle_that_catches() {
  RunConfig config = short_run();
  config.budget = std::chrono::seconds(10);
  const RunReport report = run<FaultyPool<Fault>, Scenario>(config);
  return report.failure ? report.failure->oracle : "none";
}

// Two owners that stamp at the same instant may notice at the payload first.
template <class Fault>
void expect_two_owners() {
  const std::string oracle = oracle_that_catches<Fault>();
  EXPECT_TRUE(oracle == "ownership" || oracle == "payload") << oracle;
}

TEST(BlockRun, PassesASoundPool) {
  const RunReport report = run<FaultyPool<NoFault>, Mixed>();
  EXPECT_EQ(report.verdict, Verdict::pass) << report.reason;
  EXPECT_GT(report.pairs, 0U);
  EXPECT_GT(report.rests, 0U);
  EXPECT_FALSE(report.failure);
}

struct HandsOutTwice : NoFault {
  std::atomic<void*> last{nullptr};
  template <class Pool>
  void* on_alloc(Pool& pool, void* block, std::size_t n) {
    void* before = last.exchange(block);
    if (n % 1000 != 999 || before == nullptr || block == nullptr) return block;
    pool.free_block(block);
    return before;
  }
};
TEST(BlockRun, CatchesABlockWithTwoOwners) { expect_two_owners<HandsOutTwice>(); }

struct LosesABlock : NoFault {
  bool on_free(void*, std::size_t n) { return n != 500; }
};
TEST(BlockRun, CatchesALostBlock) {
  EXPECT_EQ(oracle_that_catches<LosesABlock>(), "conservation");
  // Churn needs few blocks: nothing but the drain at rest can miss one.
  EXPECT_EQ((oracle_that_catches<LosesABlock, Churn>()), "conservation");
}

struct FailsNowAndThen : NoFault {
  template <class Pool>
  void* on_alloc(Pool& pool, void* block, std::size_t n) {
    if (n % 10 != 9 || block == nullptr) return block;
    pool.free_block(block);
    return nullptr;
  }
};
TEST(BlockRun, CatchesAnAllocThatFailsForNoReason) {
  // In a pool that is not roomy the same fault shows as a drain that ends early.
  const std::string oracle = oracle_that_catches<FailsNowAndThen, Churn>();
  EXPECT_TRUE(oracle == "must_succeed" || oracle == "conservation") << oracle;
}

struct WritesIntoPayload : NoFault {
  std::atomic<void*> victim{nullptr};
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t n) {
    if (n == 700) {
      if (void* other = victim.load()) static_cast<std::atomic<char>*>(other)->fetch_xor(1);
    }
    victim.store(block);
    return block;
  }
};
TEST(BlockRun, CatchesAStrayWrite) {
  RunConfig config = short_run();
  config.threads = 1;  // the block stays with its owner, and the write is no data race
  const RunReport report = run<FaultyPool<WritesIntoPayload>, Batch>(config);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "payload");
}

struct Misaligns : NoFault {
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t n) {
    return n == 300 && block != nullptr ? static_cast<std::byte*>(block) + 8 : block;
  }
};
TEST(BlockRun, CatchesAMisalignedBlock) {
  EXPECT_EQ(oracle_that_catches<Misaligns>(), "alignment");
}

struct LeavesItsMemory : NoFault {
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t n) {
    alignas(64) static std::byte elsewhere[64];
    return n == 300 ? elsewhere : block;
  }
};
TEST(BlockRun, CatchesABlockFromElsewhere) {
  EXPECT_EQ(oracle_that_catches<LeavesItsMemory>(), "range");
}

struct SurvivesDeinit : NoFault {
  bool on_deinit() { return false; }
};
TEST(BlockRun, CatchesADeinitThatDoesNothing) {
  EXPECT_EQ(oracle_that_catches<SurvivesDeinit>(), "deinit");
}

// A base whose chunks are given back not at all, or twice.
struct MisusesItsBase : NoFault {
  class Base final : public Allocator {
   public:
    explicit Base(int frees) : frees_(frees) {}
    void* alloc(std::size_t size) noexcept override { return base->alloc(size); }
    void* alloc_aligned(std::size_t size, std::size_t alignment) noexcept override {
      return base->alloc_aligned(size, alignment);
    }
    void free(void* chunk) noexcept override {
      for (int i = 0; i != frees_; ++i) base->free(chunk);
    }
    bool owns(const void* pointer) const noexcept override { return base->owns(pointer); }
    Allocator* base = nullptr;

   private:
    const int frees_;
  };
  explicit MisusesItsBase(int frees) : misused(frees) {}
  Allocator& on_base(Allocator& base) {
    misused.base = &base;
    return misused;
  }
  Base misused;
};
struct KeepsChunks : MisusesItsBase {
  KeepsChunks() : MisusesItsBase(0) {}
};
struct FreesChunksTwice : MisusesItsBase {
  FreesChunksTwice() : MisusesItsBase(2) {}
};
TEST(BlockRun, CatchesChunksThatAreKept) { EXPECT_EQ(oracle_that_catches<KeepsChunks>(), "base"); }
TEST(BlockRun, CatchesChunksThatAreFreedTwice) {
  EXPECT_EQ(oracle_that_catches<FreesChunksTwice>(), "base");
}

template <class Fault>
void expect_standstill(const std::string& where) {
  RunConfig config = short_run();
  // Long enough that a busy machine does not keep an innocent thread waiting for as long.
  config.stall_limit = std::chrono::seconds(3);
  const RunReport report = run<FaultyPool<Fault>>(config);
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->oracle, "progress");
  EXPECT_NE(report.failure->message.find(where), std::string::npos) << report.failure->message;
}

// In the very first alloc: a later one may be the check's, which draws the pool empty.
struct Hangs : NoFault {
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t n) {
    while (n == 0) std::this_thread::yield();
    return block;
  }
};
TEST(BlockRun, CatchesAnActorThatStandsStill) { expect_standstill<Hangs>("in alloc"); }

struct HangsAtTheEnd : NoFault {
  bool on_deinit() {
    while (true) std::this_thread::yield();
  }
};
TEST(BlockRun, CatchesACheckThatStandsStill) {
  expect_standstill<HangsAtTheEnd>("the check at rest");
}

struct WritesBehindItsBuffer : NoFault {
  void on_buffer(std::byte* buffer, std::size_t size) { buffer[size + 7] = std::byte{1}; }
};
struct WritesInFrontOfItsBuffer : NoFault {
  void on_buffer(std::byte* buffer, std::size_t) { buffer[-8] = std::byte{1}; }
};
// Passes on what its base gives, and writes behind it.
struct WritesBehindItsChunks : NoFault {
  struct Behind final : Allocator {
    void* alloc(std::size_t size) noexcept override { return alloc_aligned(size, 1); }
    void* alloc_aligned(std::size_t size, std::size_t alignment) noexcept override {
      auto* chunk = static_cast<std::byte*>(base->alloc_aligned(size, alignment));
      if (chunk != nullptr) chunk[size] = std::byte{1};
      return chunk;
    }
    void free(void* chunk) noexcept override { base->free(chunk); }
    bool owns(const void* pointer) const noexcept override { return base->owns(pointer); }
    Allocator* base = nullptr;
  };
  Allocator& on_base(Allocator& base) {
    behind.base = &base;
    return behind;
  }
  Behind behind;
};
TEST(BlockRun, CatchesWritesBesideItsMemory) {
  EXPECT_EQ(oracle_that_catches<WritesBehindItsBuffer>(), "red_zone");
  EXPECT_EQ(oracle_that_catches<WritesInFrontOfItsBuffer>(), "red_zone");
  EXPECT_EQ(oracle_that_catches<WritesBehindItsChunks>(), "red_zone");
}

// A list that has become a circle never runs empty: the check at rest must end all the same.
struct NeverRunsDry : NoFault {
  std::atomic<void*> last{nullptr};
  template <class Pool>
  void* on_alloc(Pool&, void* block, std::size_t) {
    if (block != nullptr) last.store(block);
    return last.load();
  }
};
TEST(BlockRun, CatchesAPoolThatNeverRunsDry) { expect_two_owners<NeverRunsDry>(); }

TEST(BlockRun, CountsTheDanger) {
  using Pool = LocklessBlockAllocator<ObservedBackend<StdBackend>>;
  RunConfig config = short_run();
  config.blocks = 4;
  const RunReport report = run<Pool, Mixed>(config);
  EXPECT_EQ(report.verdict, Verdict::pass);
  EXPECT_GT(report.exhaustions, 0U);
  EXPECT_GT(report.grows, 0U);
  const RunReport deferred =
      run<DeferredBlockAllocator<ObservedBackend<StdBackend>>, Mixed>(config);
  EXPECT_GT(deferred.recycles, 0U);
}

TEST(BlockRun, OneThreadProvesNothing) {
  RunConfig config = short_run();
  config.threads = 1;
  EXPECT_EQ(run<FaultyPool<NoFault>>(config).verdict, Verdict::unknown);
}

TEST(BlockRun, StopsWhenItIsTold) {
  RunConfig config = short_run();
  config.budget = std::chrono::hours(1);
  std::atomic<bool> stop{false};
  BlockRun<FaultyPool<NoFault>, Random> run(config);
  const RunReport report = run.run([&](const Progress& now) { stop = now.pairs != 0; }, stop);
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_EQ(report.reason, "interrupted");
}

TEST(BlockRun, WorksForOddShapes) {
  for (const std::uint32_t blocks : {1U, 2U, 3U, 100U}) {
    for (const std::uint32_t block_size : {1U, 8U, 24U, 100U, 4096U}) {
      RunConfig config = short_run();
      config.budget = milliseconds(10);
      config.blocks = blocks;
      config.block_size = block_size;
      const RunReport report = run<LocklessBlockAllocator<>, Mixed>(config);
      EXPECT_FALSE(report.failure)
          << blocks << " x " << block_size << ": " << report.failure->message;
    }
  }
}

}  // namespace
}  // namespace poolproof
