// fork while other threads are inside a pool: what USING.md promises of the child, for four of the
// pools that share no lock. It has none of these threads, and finds what they were doing half done.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

#include "../bitmap_block_allocator.hpp"
#include "../hinted_block_allocator.hpp"
#include "../lockless_buddy_allocator.hpp"
#include "test_base.hpp"

#if !defined(__SANITIZE_THREAD__)  // which has no children of a process with threads
namespace poolproof::test {
namespace {

constexpr unsigned threads = 3;
constexpr std::size_t count = 256;
constexpr std::size_t in_hand = 4;  // of a thread, at most
constexpr int children = 60;
constexpr unsigned seconds = 60;  // a child that takes longer hangs

template <class Pool>
constexpr bool is_sized = std::is_same_v<Pool, LocklessBuddyAllocator<>>;

template <class Pool>
class ForkedPool : public ::testing::Test {
 protected:
  ForkedPool() {
    const auto done = [this] {
      if constexpr (is_sized<Pool>) return pool_.init(memory_, sizeof memory_, 64, 0);
      if constexpr (!is_sized<Pool>) return pool_.init(memory_, sizeof memory_, 64, 64);
    }();
    EXPECT_TRUE(done);
  }
  void* take() noexcept {
    if constexpr (is_sized<Pool>) return pool_.alloc(64);
    if constexpr (!is_sized<Pool>) return pool_.alloc_block();
  }
  void give(void* block) noexcept {
    if constexpr (is_sized<Pool>) pool_.free(block);
    if constexpr (!is_sized<Pool>) pool_.free_block(block);
  }

  // What a child does: takes all that there is, twice, and gives it back. 0: each block once, and
  // no fewer than what no thread can have had in hand.
  int use() noexcept {
    std::size_t before = 0;
    for (int round = 0; round != 2; ++round) {
      std::size_t taken = 0;
      while (taken != blocks_.size()) {
        auto* block = static_cast<unsigned char*>(take());
        if (block == nullptr) break;
        block[32] = 0;
        blocks_[taken++] = block;
      }
      for (std::size_t i = 0; i != taken; ++i) {
        if (blocks_[i][32]++ != 0) return 2;  // it was handed out twice
      }
      for (std::size_t i = 0; i != taken; ++i) give(blocks_[i]);
      if (taken + threads * (in_hand + 1) < count) return 3;
      if (round != 0 && taken != before) return 4;
      before = taken;
    }
    return 0;
  }

  alignas(4096) std::byte memory_[count * 64 + 8192];
  Pool pool_;
  std::vector<unsigned char*> blocks_ = std::vector<unsigned char*>(2 * count);
};

using Forked = ::testing::Types<LocklessBlockAllocator<>, BitmapBlockAllocator<>,
                                HintedBlockAllocator<>, LocklessBuddyAllocator<>>;
TYPED_TEST_SUITE(ForkedPool, Forked);

TYPED_TEST(ForkedPool, AChildFindsWhatNobodyHadInHand) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> team;
  for (unsigned id = 0; id != threads; ++id) {
    team.emplace_back([&] {
      void* blocks[in_hand];
      while (!stop.load(std::memory_order_relaxed)) {
        for (void*& block : blocks) block = this->take();
        for (void* block : blocks) {
          if (block != nullptr) this->give(block);
        }
      }
    });
  }
  for (int i = 0; i != children; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(seconds);
      _exit(this->use());
    }
    EXPECT_GT(child, 0);
    if (child <= 0) break;
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "child " << i << ": " << (WIFSIGNALED(status) ? "it hung, signal " : "exit status ")
        << (WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (this->HasFailure()) break;
  }
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : team) thread.join();
}

}  // namespace
}  // namespace poolproof::test
#endif
