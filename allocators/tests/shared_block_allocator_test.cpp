// SharedBlockAllocator: what owners may do, deaths before each access, and processes that are
// killed at random instants.
#include "../shared_block_allocator.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "test_hook_backend.hpp"

namespace poolproof::test {
namespace {

// Memory that children share.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t bytes)
      : bytes_(bytes),
        start_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { munmap(start_, bytes_); }
  void* data() const { return start_; }
  std::size_t size() const { return bytes_; }

 private:
  std::size_t bytes_;
  void* start_;
};

pid_t in_process(const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // should the test fail in the middle
    action();
    _exit(0);
  }
  return child;
}
int status_of(pid_t child) {
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

template <class Pool>
std::size_t held(const Pool& pool, unsigned owner) {
  std::size_t count = 0;
  pool.for_each_held(owner, [&](void*) { ++count; });
  return count;
}

TEST(SharedBlocks, OwnersPassBlocksOn) {
  SharedMemory memory(1 << 16);
  SharedBlockAllocator<> pool;
  ASSERT_TRUE(pool.init(memory.data(), memory.size(), 64, 64));
  SharedBlockAllocator<>::Owner one(pool, 1);
  SharedBlockAllocator<>::Owner two(pool, 2);
  void* block = one.alloc_block();
  EXPECT_EQ(held(pool, 1), 1u);
  EXPECT_DEATH(two.free_block(block), "poolproof: the block is not this owner's");
  two.adopt(block);
  EXPECT_EQ(held(pool, 1), 0u);
  EXPECT_EQ(held(pool, 2), 1u);
  EXPECT_DEATH(one.free_block(block), "poolproof: the block is not this owner's");
  two.free(nullptr);
  EXPECT_EQ(pool.used(), 1u);
  EXPECT_DEATH(two.free_block(nullptr), "poolproof: the pointer is not a block of this pool");
  two.free_block(block);
  EXPECT_DEATH(two.free_block(block), "poolproof: the block is not this owner's");
  EXPECT_DEATH(SharedBlockAllocator<>::Owner(pool, 64), "poolproof: the number of an owner");
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_EQ(pool.peak(), 1u);
}

// A process that dies before each access of its work in turn: what it held is named, is had again,
// and nothing else is.
TEST(SharedBlocks, DeathBeforeAnyAccess) {
  using Pool = SharedBlockAllocator<HookBackend, 2>;
  bool died = true;
  int deaths = 0;
  for (int n = 1; died; ++n) {
    SharedMemory memory(Pool::buffer_bytes(5, 32, 32));
    Pool pool;
    ASSERT_TRUE(pool.init(memory.data(), memory.size(), 32, 32));
    Pool::Owner me(pool, 0);
    void* mine = me.alloc_block();
    died = status_of(in_process([&] {
             Pool other;
             if (!other.attach(memory.data(), memory.size())) _exit(1);
             Pool::Owner it(other, 7);
             HookBackend::before(Access::any, n, [] { _exit(9); });
             void* first = it.alloc_block();
             void* second = it.alloc_block();
             it.free_block(first);
             while (it.alloc_block() != nullptr) {
             }
             it.free_block(second);
           })) != 0;
    const std::size_t noted = held(pool, 7);
    const auto recovered = me.recover(std::uint64_t{1} << 7);
    EXPECT_EQ(recovered.in_doubt, 0u) << n;
    EXPECT_GE(recovered.blocks, noted) << n;
    EXPECT_LE(recovered.blocks, noted + 1) << n;
    EXPECT_EQ(held(pool, 7), 0u) << n;
    EXPECT_EQ(pool.used(), 1u) << n;
    EXPECT_EQ(held(pool, 0), 1u) << n;
    me.free_block(mine);
    std::size_t count = 0;
    while (me.alloc_block() != nullptr) ++count;
    EXPECT_EQ(count, pool.capacity()) << n;
    deaths += died;
  }
  EXPECT_GT(deaths, 60);
}

// One is about to claim a block when another claims it, and dies before that is noted: the block
// may be either's, until the first has gone on.
TEST(SharedBlocks, InDoubtWhileAnotherMayHaveIt) {
  using Pool = SharedBlockAllocator<HookBackend, 2>;
  SharedMemory memory(Pool::buffer_bytes(5, 32, 32));
  Pool pool;
  ASSERT_TRUE(pool.init(memory.data(), memory.size(), 32, 32));
  Pool::Owner alive(pool, 1);
  Pool::Owner recoverer(pool, 2);
  HookBackend::before(Access::word_cas, [&] {
    const int status = status_of(in_process([&] {
      Pool::Owner dying(pool, 3);
      HookBackend::before(Access::link_store, 2, [] { _exit(9); });  // (S2)
      static_cast<void>(dying.alloc_block());
    }));
    EXPECT_EQ(WEXITSTATUS(status), 9);
    const auto recovered = recoverer.recover(1 << 3);
    EXPECT_EQ(recovered.blocks, 0u);
    EXPECT_EQ(recovered.in_doubt, 1u);
  });
  EXPECT_NE(alive.alloc_block(), nullptr);
  EXPECT_FALSE(HookBackend::clear());
  const auto recovered = recoverer.recover(1 << 3);
  EXPECT_EQ(recovered.blocks, 1u);
  EXPECT_EQ(recovered.in_doubt, 0u);
  EXPECT_EQ(pool.used(), 1u);
}

// Allocs and frees until it is killed. In each block stands whose it is: nobody's between a free
// and an alloc.
void work(SharedBlockAllocator<>& pool, unsigned owner, std::uint64_t seed) {
  SharedBlockAllocator<>::Owner me(pool, owner);
  std::minstd_rand random(static_cast<std::uint32_t>(seed));
  std::vector<std::atomic<std::uint64_t>*> mine;
  for (;;) {
    if (mine.empty() || (random() >> 8) % 2 == 0) {
      auto* block = static_cast<std::atomic<std::uint64_t>*>(me.alloc_block());
      if (block == nullptr) continue;
      if (block->exchange(owner + 1) != 0) _exit(1);
      mine.push_back(block);
    } else {
      std::swap(mine[random() % mine.size()], mine.back());
      if (mine.back()->exchange(0) != owner + 1) _exit(1);
      me.free_block(mine.back());
      mine.pop_back();
    }
  }
}

TEST(SharedBlocks, ProcessesThatAreKilled) {
  constexpr unsigned processes = 3;
  constexpr int kills = 60;
  constexpr std::uint64_t seed = 20'261'127;
  std::printf("  seed %llu\n", static_cast<unsigned long long>(seed));
  SharedMemory memory(SharedBlockAllocator<>::buffer_bytes(40, 64, 64));
  SharedBlockAllocator<> pool;
  ASSERT_TRUE(pool.init(memory.data(), memory.size(), 64, 64));
  SharedBlockAllocator<>::Owner me(pool, 63);
  std::minstd_rand random(seed);
  std::vector<pid_t> alive(processes);
  const auto begin = [&](unsigned owner) {
    const std::uint64_t own_seed = random();
    alive[owner] = in_process([&, owner, own_seed] { work(pool, owner, own_seed); });
  };
  for (unsigned owner = 0; owner != processes; ++owner) begin(owner);
  std::size_t had = 0;
  for (int n = 0; n != kills; ++n) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    const auto victim = static_cast<unsigned>(random() % processes);
    kill(alive[victim], SIGKILL);
    const int status = status_of(alive[victim]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "a block had two owners";
    pool.for_each_held(
        victim, [](void* block) { static_cast<std::atomic<std::uint64_t>*>(block)->store(0); });
    SharedBlockAllocator<>::Owner::Recovered recovered;
    do {
      recovered = me.recover(std::uint64_t{1} << victim);
      had += recovered.blocks;
    } while (recovered.in_doubt != 0);
    begin(victim);
  }
  for (const pid_t each : alive) kill(each, SIGKILL);
  for (const pid_t each : alive) EXPECT_TRUE(WIFSIGNALED(status_of(each)));
  const auto last = me.recover((std::uint64_t{1} << processes) - 1);
  EXPECT_EQ(last.in_doubt, 0u);
  EXPECT_EQ(pool.used(), 0u);
  EXPECT_GT(had + last.blocks, static_cast<std::size_t>(kills));
  std::size_t count = 0;
  while (me.alloc_block() != nullptr) ++count;
  EXPECT_EQ(count, pool.capacity());
}

}  // namespace
}  // namespace poolproof::test
