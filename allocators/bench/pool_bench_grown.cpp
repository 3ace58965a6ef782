// Does a pair cost more in a pool that has seen many blocks, chunks and threads? Churn on one
// thread, after so many blocks of a growing pool were handed out and came back, and a hundred
// threads have come and gone. And how much memory do they take that have grown by small chunks?
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../block_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../deferred_block_allocator.hpp"
#include "../heap_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../thread_cached_block_allocator.hpp"
#include "pool_bench_cells.hpp"

namespace poolproof::bench {
namespace {

constexpr std::size_t blocks_per_chunk = 64;
constexpr int threads_gone = 100;
constexpr int pairs_of_each = 100;

template <class Way>
void fill_and_free(Way& way, std::size_t blocks) {
  std::vector<void*> held(blocks);
  for (void*& block : held) {
    block = way.alloc_block();
    if (block == nullptr) std::abort();
  }
  for (void* block : held) way.free_block(block);
}

template <class Way>
void churn(Way& way) {
  for (int i = 0; i != pairs_of_each; ++i) way.free_block(way.alloc_block());
}

template <class Way>
Window measure(Way& way, std::chrono::nanoseconds time) {
  Window window;
  const auto start = std::chrono::steady_clock::now();
  do {
    churn(way);
    window.pairs += pairs_of_each;
    window.wall = std::chrono::steady_clock::now() - start;
  } while (window.wall < time);
  return window;
}

template <class Pool>
Window grown(std::size_t blocks, std::chrono::nanoseconds time) {
  HeapAllocator heap;
  Pool pool(heap, block_size, block_size, blocks_per_chunk);
  const auto with_a_handle = [&pool](auto body) {
    if constexpr (requires { pool.cache(); }) {
      auto cache = pool.cache();
      return body(cache);
    } else {
      return body(pool);
    }
  };
  return with_a_handle([&](auto& way) {
    fill_and_free(way, blocks);
    for (int i = 0; i != threads_gone; ++i) {
      std::thread([&] { with_a_handle([](auto& own) { churn(own); }); }).join();
    }
    return measure(way, time);
  });
}

// Leaks on purpose, as fill does.
template <class Pool, std::size_t chunk>
bool fill_grown() {
  auto* heap = new HeapAllocator;
  auto* pool = new Pool(*heap, block_size, block_size, chunk);
  for (std::size_t i = 0; i != filled_blocks; ++i) {
    void* block = pool->alloc_block();
    if (block == nullptr) return false;
    *static_cast<volatile std::uint64_t*>(block) = i;
  }
  return true;
}

template <class Pool>
void add_filled(Contenders& c, const std::string& name, Kind kind) {
  const auto add = [&](const char* by, std::function<bool()> fill) {
    c.entries.push_back({name + by, Group::ours, kind, "", {}, {}, std::move(fill)});
  };
  add(" by 16", fill_grown<Pool, 16>);
  add(" by 100", fill_grown<Pool, 100>);
  add(" by 1024", fill_grown<Pool, 1024>);
}

}  // namespace

void add_grown(Contenders& c) {
  add_filled<BlockAllocator>(c, "Block grown", Kind::single);
  add_filled<LocklessBlockAllocator<>>(c, "Lockless grown", Kind::shared);
  c.grown = {{"BlockAllocator", grown<BlockAllocator>},
             {"LockedBlockAllocator", grown<LockedBlockAllocator<>>},
             {"LocklessBlockAllocator", grown<LocklessBlockAllocator<>>},
             {"DeferredBlockAllocator", grown<DeferredBlockAllocator<>>},
             {"CachedBlockAllocator", grown<CachedBlockAllocator<>>},
             {"ThreadCachedBlockAllocator", grown<ThreadCachedBlockAllocator<>>}};
}

}  // namespace poolproof::bench
