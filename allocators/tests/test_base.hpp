// What the tests of the allocators share: a counting base, a guarded buffer, the lists of pools,
// and what must hold for any set of blocks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "../block_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../deferred_block_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../marked.hpp"
#include "../thread_cached_block_allocator.hpp"

namespace poolproof::test {

inline constexpr std::size_t huge = std::numeric_limits<std::size_t>::max();
inline constexpr std::byte guard{0xA5};

using Sizes = std::initializer_list<std::size_t>;

inline bool all_guard(const std::byte* first, std::size_t count) {
  return std::all_of(first, first + count, [](std::byte b) { return b == guard; });
}

// A base that counts. Not thread-safe, on purpose: a pool asks it from one thread at a time.
class CountingBase final : public Allocator {
 public:
  static constexpr std::size_t never = huge;

  ~CountingBase() override { EXPECT_EQ(live(), 0u) << "a chunk was not given back"; }

  void* alloc(std::size_t byte_size) noexcept override {
    return alloc_aligned(byte_size, alignof(std::max_align_t));
  }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    const OneAtATime here(inside_);
    EXPECT_NE(byte_size, 0u);
    EXPECT_TRUE(std::has_single_bit(alignment));
    if (++requests_ >= refuse_from_ || byte_size > most_bytes) return nullptr;
    const std::size_t room =
        align_up(byte_size + guard_bytes, std::max(alignment, std::size_t{16}));
    auto* chunk =
        static_cast<std::byte*>(std::aligned_alloc(std::max(alignment, std::size_t{16}), room));
    std::memset(chunk, static_cast<int>(guard), room);  // nobody may count on zeroes
    chunks_[chunk] = byte_size;
    return chunk;
  }
  void free(void* pointer) noexcept override {
    const OneAtATime here(inside_);
    ++frees_;
    const auto found = chunks_.find(static_cast<std::byte*>(pointer));
    ASSERT_NE(found, chunks_.end()) << "not a chunk of this base, or freed twice";
    EXPECT_TRUE(all_guard(found->first + found->second, guard_bytes)) << "written past the chunk";
    chunks_.erase(found);
    std::free(pointer);
  }
  bool owns(const void* pointer) const noexcept override {
    return std::any_of(chunks_.begin(), chunks_.end(), [pointer](const auto& chunk) {
      return address(pointer) - address(chunk.first) < chunk.second;
    });
  }

  // The chunk that it lies in; nullptr if it lies in none.
  const void* chunk_of(const void* pointer) const {
    const auto above = chunks_.upper_bound(static_cast<std::byte*>(const_cast<void*>(pointer)));
    return above == chunks_.begin() || !owns(pointer) ? nullptr : std::prev(above)->first;
  }

  // From its nth request on, counted from 1, it answers nullptr; never: gives again.
  void refuse_from(std::size_t nth) { refuse_from_ = nth; }
  std::size_t requests() const { return requests_; }  // refused ones too
  std::size_t frees() const { return frees_; }
  std::size_t live() const { return chunks_.size(); }

 private:
  static constexpr std::size_t most_bytes = std::size_t{1} << 28;
  static constexpr std::size_t guard_bytes = 64;

  struct OneAtATime {
    explicit OneAtATime(std::atomic<int>& count) : inside(count) {
      EXPECT_EQ(inside.fetch_add(1, std::memory_order_relaxed), 0) << "two threads at once";
    }
    ~OneAtATime() { inside.fetch_sub(1, std::memory_order_relaxed); }
    std::atomic<int>& inside;
  };

  std::atomic<int> inside_{0};
  std::size_t refuse_from_ = never;
  std::size_t requests_ = 0;
  std::size_t frees_ = 0;
  std::map<std::byte*, std::size_t> chunks_;
};

// size bytes, offset bytes behind an address aligned to 4096, between two rows of guard bytes.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t size, std::size_t offset = 0)
      : size_(size), before_(page + offset), total_(align_up(before_ + size + page, page)) {
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(page, total_)));
    std::memset(memory_.get(), static_cast<int>(guard), total_);
  }
  std::byte* data() const { return memory_.get() + before_; }
  std::size_t size() const { return size_; }
  bool contains(const void* first, std::size_t count) const {
    const std::uintptr_t offset = address(first) - address(data());
    return offset <= size_ && count <= size_ - offset;
  }
  bool guards_intact() const {
    return all_guard(memory_.get(), before_) && all_guard(data() + size_, total_ - before_ - size_);
  }

 private:
  static constexpr std::size_t page = 4096;
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::size_t size_;
  std::size_t before_;
  std::size_t total_;
  std::unique_ptr<std::byte, Free> memory_;
};

// Up to most blocks, or all there are.
template <class Pool>
std::vector<void*> drain(Pool& pool, std::size_t most = huge) {
  std::vector<void*> blocks;
  while (blocks.size() < most) {
    void* block = pool.alloc_block();
    if (block == nullptr) break;
    blocks.push_back(block);
  }
  return blocks;
}

template <class Pool>
void free_all(Pool& pool, const std::vector<void*>& blocks) {
  for (void* block : blocks) pool.free_block(block);
}

// All aligned, owned, and no byte in two of them.
template <class Pool>
void expect_sound(const Pool& pool, std::vector<void*> blocks) {
  std::sort(blocks.begin(), blocks.end(), std::less<>());
  for (std::size_t i = 0; i != blocks.size(); ++i) {
    ASSERT_EQ(address(blocks[i]) % pool.alignment(), 0u);
    ASSERT_TRUE(pool.owns(blocks[i]));
    if (i == 0) continue;
    ASSERT_GE(address(blocks[i]) - address(blocks[i - 1]), pool.block_size()) << "overlap";
  }
}

// With the pool at rest: all of its blocks are free, and each can be had once.
template <class Pool>
void expect_all_come_back(Pool& pool) {
  EXPECT_EQ(pool.used(), 0u);
  const std::size_t capacity = pool.capacity();
  const std::vector<void*> blocks = drain(pool, capacity);
  EXPECT_EQ(blocks.size(), capacity);
  EXPECT_EQ(pool.used(), capacity);
  expect_sound(pool, blocks);
  free_all(pool, blocks);
  EXPECT_EQ(pool.used(), 0u);
}

// Runs body(0) .. body(count - 1), each on a thread of its own.
template <class Body>
void run_threads(unsigned count, Body body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i != count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

using MarkedPool = Marked<LocklessBlockAllocator<>>;  // it must behave as what it marks
using AllPools = ::testing::Types<BlockAllocator, LockedBlockAllocator<>, LocklessBlockAllocator<>,
                                  DeferredBlockAllocator<>, CachedBlockAllocator<>,
                                  ThreadCachedBlockAllocator<>, MarkedPool>;
using SharedPools =
    ::testing::Types<LockedBlockAllocator<>, LocklessBlockAllocator<>, DeferredBlockAllocator<>,
                     CachedBlockAllocator<>, ThreadCachedBlockAllocator<>, MarkedPool>;
using IndexedPools =
    ::testing::Types<LocklessBlockAllocator<>, DeferredBlockAllocator<>, CachedBlockAllocator<>>;

// The most free blocks that each thread may keep from the others.
template <class Pool>
std::size_t most_kept(const Pool& pool) {
  if constexpr (requires { pool.most_kept(); }) return pool.most_kept();
  return 0;
}

struct PoolNames {
  template <class Pool>
  static std::string GetName(int) {
    if (std::is_same_v<Pool, BlockAllocator>) return "Block";
    if (std::is_same_v<Pool, LockedBlockAllocator<>>) return "Locked";
    if (std::is_same_v<Pool, MarkedPool>) return "Marked";
    if (std::is_same_v<Pool, LocklessBlockAllocator<>>) return "Lockless";
    if (std::is_same_v<Pool, DeferredBlockAllocator<>>) return "Deferred";
    return std::is_same_v<Pool, CachedBlockAllocator<>> ? "Cached" : "ThreadCached";
  }
};

// A pool over a guarded buffer.
template <class Pool>
class BlockPool : public ::testing::Test {
 protected:
  // Makes the pool over count blocks at offset behind an aligned address.
  void make(std::size_t count, std::size_t block_size, std::size_t alignment,
            std::size_t offset = 0) {
    pool_.deinit();
    buffer_ =
        std::make_unique<GuardedBuffer>(Pool::buffer_bytes(count, block_size, alignment), offset);
    ASSERT_TRUE(pool_.init(buffer_->data(), buffer_->size(), block_size, alignment));
  }

  std::unique_ptr<GuardedBuffer> buffer_;
  Pool pool_;
};

}  // namespace poolproof::test
