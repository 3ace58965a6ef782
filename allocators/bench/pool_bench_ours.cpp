// Our contenders.
#include <cstdlib>
#include <memory>
#include <utility>

#include "../async_linear_allocator.hpp"
#include "../bitmap_block_allocator.hpp"
#include "../block_allocator.hpp"
#include "../cached_block_allocator.hpp"
#include "../deferred_block_allocator.hpp"
#include "../hardened.hpp"
#include "../hinted_block_allocator.hpp"
#include "../linear_allocator.hpp"
#include "../locked_block_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../thread_cached_block_allocator.hpp"
#include "pool_bench_cells.hpp"
#include "pool_bench_memory.hpp"

namespace poolproof::bench {
namespace {

// Over a buffer of exactly the bytes that the pool says it needs.
template <class Pool>
class OverBuffer {
 public:
  OverBuffer(std::size_t blocks, unsigned)
      : buffer_(Pool::buffer_bytes(blocks, block_size, block_size) / block_size + 1),
        pool_(buffer_.begin(), buffer_.bytes(), block_size, block_size) {
    if (!pool_.valid()) std::abort();
  }
  class Handle {
   public:
    explicit Handle(OverBuffer& over) noexcept : way_(way_into(over.pool_)) {}
    void* alloc() noexcept { return way_.alloc_block(); }
    void free(void* block) noexcept { way_.free_block(block); }

   private:
    static decltype(auto) way_into(Pool& pool) noexcept {
      if constexpr (requires { pool.cache(); }) {
        return pool.cache();
      } else {
        return (pool);
      }
    }
    decltype(way_into(std::declval<Pool&>())) way_;  // the pool, or a handle
  };

 private:
  Blocks buffer_;
  Pool pool_;
};

// One thread: reset when it is full.
class Linear {
 public:
  Linear(std::size_t blocks, unsigned) : buffer_(blocks) {}
  class Handle {
   public:
    explicit Handle(Linear& linear) noexcept : linear_(linear.linear_) {}
    void* alloc() noexcept {
      void* block = linear_.alloc(block_size);
      if (block != nullptr) [[likely]]
        return block;
      linear_.reset();
      return linear_.alloc(block_size);
    }
    void free(void*) noexcept {}

   private:
    LinearAllocator& linear_;
  };

 private:
  Blocks buffer_;
  LinearAllocator linear_{buffer_.begin(), buffer_.bytes(), block_size};
};

class AsyncLinear {
 public:
  explicit AsyncLinear(std::size_t blocks) : buffer_(blocks) {}
  void* try_alloc() noexcept { return linear_.alloc(block_size); }
  void reset() noexcept { linear_.reset(); }

 private:
  Blocks buffer_;
  AsyncLinearAllocator<> linear_{buffer_.begin(), buffer_.bytes(), block_size};
};

}  // namespace

void add_ours(Contenders& c) {
  add<OverBuffer<BlockAllocator>>(c, "BlockAllocator", Group::ours, Kind::single, "list");
  add<OverBuffer<LockedBlockAllocator<>>>(c, "LockedBlockAllocator", Group::ours, Kind::shared,
                                          "list, mutex");
  add<OverBuffer<LocklessBlockAllocator<>>>(c, "LocklessBlockAllocator", Group::ours, Kind::shared,
                                            "Treiber, back-off");
  add<OverBuffer<DeferredBlockAllocator<>>>(c, "DeferredBlockAllocator", Group::ours, Kind::shared,
                                            "Treiber, back-off");
  add<OverBuffer<BitmapBlockAllocator<>>>(c, "BitmapBlockAllocator", Group::ours, Kind::shared,
                                          "bits");
  add<OverBuffer<HintedBlockAllocator<>>>(c, "HintedBlockAllocator", Group::ours, Kind::shared,
                                          "hints");
  add<OverBuffer<CachedBlockAllocator<>>>(c, "CachedBlockAllocator", Group::ours, Kind::shared,
                                          "list for each thread");
  add<OverBuffer<ThreadCachedBlockAllocator<>>>(c, "ThreadCachedBlockAllocator", Group::ours,
                                                Kind::shared, "list for each thread");
  add<OverBuffer<Hardened<BlockAllocator>>>(c, "Hardened BlockAllocator", Group::ours, Kind::single,
                                            "BlockAllocator");
  add<OverBuffer<Hardened<LocklessBlockAllocator<>>>>(
      c, "Hardened LocklessBlockAllocator", Group::ours, Kind::shared, "LocklessBlockAllocator");
  add<Linear>(c, "LinearAllocator", Group::ours, Kind::bump, "bump");
  add<ResetTogether<AsyncLinear>>(c, "AsyncLinearAllocator", Group::ours, Kind::shared_bump,
                                  "atomic bump");
}

}  // namespace poolproof::bench
