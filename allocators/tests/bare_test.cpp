// Every header is compiled, and the pools that run_all lists run on threads, by the standard
// library alone: for compilers without exceptions, other standard libraries and other machines,
// where no test library is. ci/cross compiles and runs it for several; here it is compiled without
// exceptions and without run-time type information.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "../async_linear_allocator.hpp"
#include "../atom_code.hpp"
#include "../bitmap_block_allocator.hpp"
#include "../block_allocator.hpp"
#include "../buddy_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../cached_buddy_allocator.hpp"
#include "../deferred_block_allocator.hpp"
#include "../hardened.hpp"
#include "../heap_allocator.hpp"
#include "../hinted_block_allocator.hpp"
#include "../linear_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../locked_buddy_allocator.hpp"
#include "../locked_sign_post_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../lockless_buddy_allocator.hpp"
#include "../marked.hpp"
#include "../pool.hpp"
#include "../pool_resource.hpp"
#include "../shared_block_allocator.hpp"
#include "../sign_post_allocator.hpp"
#include "../static_allocator.hpp"
#include "../static_block_allocator.hpp"
#include "../std_allocator.hpp"
#include "../thread_cached_block_allocator.hpp"

namespace poolproof {
namespace {

constexpr unsigned threads = 3;
constexpr std::size_t held = 16;  // by each thread, at most
constexpr int steps = 3000;
constexpr std::size_t size = 40;  // of a block

std::atomic<unsigned> failures{0};

void expect(bool ok, const char* pool, const char* what) {
  if (ok) return;
  failures.fetch_add(1, std::memory_order_relaxed);
  std::fprintf(stderr, "%s: %s\n", pool, what);
}

// A handle, or the pool itself where it has none. id: of the thread.
template <class Pool>
decltype(auto) way_into(Pool& pool, [[maybe_unused]] unsigned id) {
  if constexpr (requires { pool.cache(); }) {
    return pool.cache();
  } else if constexpr (requires { typename Pool::Owner; }) {
    return typename Pool::Owner(pool, id);
  } else {
    return (pool);
  }
}

// If another thread has a byte of the piece, it changes that byte.
struct Held {
  void* piece = nullptr;
  std::size_t bytes = 0;
  int pattern = 0;
  bool is_whole() const {
    for (std::size_t i = 0; i != bytes; ++i) {
      if (static_cast<const unsigned char*>(piece)[i] != pattern) return false;
    }
    return true;
  }
};

template <class Pool>
void alloc_and_free(Pool& pool, unsigned id, const char* name) {
  auto&& way = way_into(pool, id);
  way.free(nullptr);
  std::array<Held, held> mine;
  std::uint32_t random = id + 1;
  for (int step = 0; step != steps; ++step) {
    random = random * 1664525 + 1013904223;  // Numerical Recipes, 7.1
    Held& one = mine[random >> 28];
    if (one.piece != nullptr) {
      expect(one.is_whole(), name, "two threads have the same memory");
      if constexpr (requires { way.free_block(one.piece); }) {
        way.free_block(one.piece);
      } else {
        way.free(one.piece);
      }
      one.piece = nullptr;
      continue;
    }
    one.pattern = static_cast<int>(random >> 8 & 0xff);
    if constexpr (requires { way.alloc_block(); }) {
      one.bytes = size;
      one.piece = way.alloc_block();
    } else {
      one.bytes = 1 + (random >> 16) % 300;
      one.piece = way.alloc(one.bytes);
    }
    expect(one.piece != nullptr, name, "no memory where there is enough");
    if (one.piece != nullptr) std::memset(one.piece, one.pattern, one.bytes);
  }
  for (const Held& one : mine) {
    if (one.piece == nullptr) continue;
    if constexpr (requires { way.free_block(one.piece); }) {
      way.free_block(one.piece);
    } else {
      way.free(one.piece);
    }
  }
}

template <class Pool>
void run(Pool& pool, const char* name, unsigned count = threads) {
  expect(pool.valid(), name, "not set up");
  std::vector<std::thread> team;
  for (unsigned id = 0; id != count; ++id) {
    team.emplace_back([&pool, id, name] { alloc_and_free(pool, id, name); });
  }
  for (std::thread& thread : team) thread.join();
  if constexpr (requires { pool.reclaim(); }) pool.reclaim();
  if constexpr (requires { pool.used(); }) expect(pool.used() == 0, name, "memory is lost");
  if constexpr (requires { pool.peak(); }) expect(pool.peak() != 0, name, "peak() is wrong");
  if constexpr (requires { pool.shrink(); }) {
    pool.shrink();
    expect(pool.used() == 0, name, "used() is wrong after shrink()");
    expect(way_into(pool, 0).alloc(size) != nullptr, name, "no memory after shrink()");
  }
}

alignas(4096) std::byte memory[1 << 20];

template <class Pool>
void over_a_buffer(const char* name, unsigned count = threads) {
  Pool pool;
  expect(static_cast<bool>(pool.init(memory, sizeof memory, size, 8)), name, "refuses a buffer");
  run(pool, name, count);
}
template <class Pool>
void over_a_base(const char* name, unsigned count = threads) {
  HeapAllocator heap;
  Pool pool;
  expect(static_cast<bool>(pool.init(heap, size, 8, 5)), name, "refuses a base");
  run(pool, name, count);
}
template <class Pool>
void over_both(const char* name, unsigned count = threads) {
  over_a_buffer<Pool>(name, count);
  over_a_base<Pool>(name, count);
}
template <class Pool>
void of_any_size(const char* name, unsigned count = threads) {
  Pool pool;
  if constexpr (requires { pool.init(memory, sizeof memory, 64, 8); }) {
    expect(static_cast<bool>(pool.init(memory, sizeof memory, 64, 8)), name, "refuses a buffer");
  } else {
    expect(static_cast<bool>(pool.init(memory, sizeof memory)), name, "refuses a buffer");
  }
  run(pool, name, count);
}

// The list has no end then; used() must have one, and frees of nullptr do nothing.
template <class Pool>
void after_a_double_free(const char* name) {
  Pool pool(memory, sizeof memory, size, 8);
  pool.free(nullptr);
  void* first = pool.alloc_block();
  void* second = pool.alloc_block();
  pool.free_block(first);
  pool.free_block(second);
  pool.free_block(second);
  expect(pool.used() <= pool.peak(), name, "used() is wrong after a double free");
}

// Nothing comes back before a reset: as many pieces as there is room for, and each somebody's own.
void async_linear() {
  AsyncLinearAllocator<> pool;
  expect(static_cast<bool>(pool.init(memory, sizeof memory)), "AsyncLinear", "refuses a buffer");
  std::vector<std::thread> team;
  for (unsigned id = 0; id != threads; ++id) {
    team.emplace_back([&pool, id] {
      std::array<void*, 100> pieces;
      for (void*& piece : pieces) {
        piece = pool.alloc(size);
        expect(piece != nullptr, "AsyncLinear", "no memory where there is enough");
        if (piece != nullptr) std::memset(piece, static_cast<int>(id), size);
      }
      for (void* piece : pieces) {
        const Held one{piece, piece == nullptr ? 0 : size, static_cast<int>(id)};
        expect(one.is_whole(), "AsyncLinear", "two threads have the same memory");
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  expect(pool.used() >= threads * 100 * size, "AsyncLinear", "pieces overlap");
}

void containers() {
  LocklessBlockAllocator<> pool(memory, sizeof memory, 64, 8);
  std::list<int, StdAllocator<int, LocklessBlockAllocator<>>> numbers(pool);
  for (int i = 0; i != 100; ++i) numbers.push_back(i);
  expect(numbers.size() == 100 && pool.used() == 100, "StdAllocator", "not from the pool");
#if defined(__cpp_lib_memory_resource)
  PoolResource resource(pool);
  std::pmr::list<int> more(&resource);
  more.push_back(1);
  expect(pool.used() == 101, "PoolResource", "not from the pool");
#endif
}

int run_all() {
  over_both<BlockAllocator>("Block", 1);
  over_both<LockedBlockAllocator<>>("LockedBlock");
  over_both<LocklessBlockAllocator<>>("LocklessBlock");
  over_both<DeferredBlockAllocator<>>("DeferredBlock");
  over_both<CachedBlockAllocator<>>("CachedBlock");
#if !defined(__MINGW32__) || defined(__clang__)
  over_both<ThreadCachedBlockAllocator<>>("ThreadCachedBlock");
#endif
#if defined(__cpp_lib_atomic_ref)
  over_both<Hardened<LocklessBlockAllocator<>>>("Hardened");
#endif
  over_both<Marked<LocklessBlockAllocator<>>>("Marked");
  over_a_buffer<BitmapBlockAllocator<>>("BitmapBlock");
  over_a_buffer<HintedBlockAllocator<>>("HintedBlock");
  over_a_buffer<SharedBlockAllocator<>>("SharedBlock");
  of_any_size<SignPostAllocator>("SignPost", 1);
  of_any_size<BuddyAllocator>("Buddy", 1);
  of_any_size<LockedSignPostAllocator<>>("LockedSignPost");
  of_any_size<LockedBuddyAllocator<>>("LockedBuddy");
  of_any_size<LocklessBuddyAllocator<>>("LocklessBuddy");
  of_any_size<CachedBuddyAllocator<>>("CachedBuddy");
  after_a_double_free<BlockAllocator>("Block");
  after_a_double_free<LockedBlockAllocator<>>("LockedBlock");
  after_a_double_free<LocklessBlockAllocator<>>("LocklessBlock");
  after_a_double_free<DeferredBlockAllocator<>>("DeferredBlock");
  after_a_double_free<CachedBlockAllocator<>>("CachedBlock");
  async_linear();
  containers();
  if (failures.load() == 0) std::puts("all pools are sound");
  return failures.load() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace poolproof

int main() { return poolproof::run_all(); }
