// Peers: pools.
#include "pool_bench_peers.hpp"

#include <memory_resource>

#if POOL_BENCH_BOOST_POOL
#include <boost/pool/pool.hpp>
#include <boost/pool/poolfwd.hpp>
#endif
#if POOL_BENCH_TBB
#define TBB_PREVIEW_MEMORY_POOL 1
#include <oneapi/tbb/memory_pool.h>
#endif
#if POOL_BENCH_FOONATHAN
#include <foonathan/memory/memory_pool.hpp>
#endif

namespace poolproof::bench {
namespace {

#if POOL_BENCH_BOOST_POOL
class BoostPool {
 public:
  BoostPool(std::size_t blocks, unsigned) : pool_(block_size, blocks) {}
  void* alloc() noexcept { return pool_.malloc(); }
  void free(void* block) noexcept { pool_.free(block); }

 private:
  boost::pool<> pool_;
};
#endif

#if POOL_BENCH_TBB
// Twice the bytes of the blocks, and something for each thread's cache.
class TbbFixed {
 public:
  TbbFixed(std::size_t count, unsigned threads)
      : buffer_(2 * count + threads * (std::size_t{1} << 14)),
        pool_(buffer_.begin(), buffer_.bytes()) {}
  void* alloc() noexcept { return pool_.malloc(block_size); }
  void free(void* block) noexcept { pool_.free(block); }

 private:
  Blocks buffer_;
  tbb::fixed_pool pool_;
};

class TbbMemory {
 public:
  TbbMemory(std::size_t, unsigned) {}
  void* alloc() noexcept { return pool_.malloc(block_size); }
  void free(void* block) noexcept { pool_.free(block); }

 private:
  tbb::memory_pool<std::allocator<char>> pool_;
};
#endif

#if POOL_BENCH_FOONATHAN
class Foonathan {
 public:
  Foonathan(std::size_t blocks, unsigned)
      : pool_(block_size, Pool::min_block_size(block_size, blocks)) {}
  void* alloc() noexcept { return pool_.allocate_node(); }
  void free(void* block) noexcept { pool_.deallocate_node(block); }

 private:
  using Pool = foonathan::memory::memory_pool<>;
  Pool pool_;
};
#endif

template <class Resource>
class Pmr {
 public:
  Pmr(std::size_t, unsigned) {}
  void* alloc() noexcept { return resource_.allocate(block_size, alignof(std::max_align_t)); }
  void free(void* block) noexcept {
    resource_.deallocate(block, block_size, alignof(std::max_align_t));
  }

 private:
  Resource resource_;
};

// release() when its buffer is used up: never the heap below it.
class PmrMonotonic {
 public:
  PmrMonotonic(std::size_t count, unsigned) : blocks_(count), left_(count) {}
  void* alloc() noexcept {
    if (left_ == 0) [[unlikely]] {
      resource_.release();
      left_ = blocks_.bytes() / block_size;
    }
    --left_;
    return resource_.allocate(block_size, block_size);
  }
  void free(void*) noexcept {}

 private:
  Blocks blocks_;
  std::size_t left_;
  std::pmr::monotonic_buffer_resource resource_{blocks_.begin(), blocks_.bytes(),
                                                std::pmr::null_memory_resource()};
};

}  // namespace

void add_pool_peers(Contenders& c) {
#if POOL_BENCH_BOOST_POOL
  add_peer<Plain<BoostPool>>(c, "boost::pool", Kind::single);
  add_peer<Plain<BoostPool, std::mutex>>(c, "boost::pool, mutex", Kind::shared);
#else
  leave_out(c, "boost::pool", "no libboost-dev");
#endif
#if POOL_BENCH_TBB
  add_peer<Plain<TbbFixed>>(c, "tbb::fixed_pool", Kind::shared);
  add_peer<Plain<TbbMemory>>(c, "tbb::memory_pool", Kind::shared);
#else
  leave_out(c, "tbb pools", "no libtbb-dev");
#endif
#if POOL_BENCH_FOONATHAN
  add_peer<Plain<Foonathan, std::mutex>>(c, "foonathan, mutex", Kind::shared);
#else
  leave_out(c, "foonathan memory_pool", "no libfoonathan-memory-dev");
#endif
  add_peer<Plain<Pmr<std::pmr::unsynchronized_pool_resource>>>(c, "pmr unsynchronized",
                                                               Kind::single);
  add_peer<Plain<Pmr<std::pmr::synchronized_pool_resource>>>(c, "pmr synchronized", Kind::shared);
  add_peer<Plain<PmrMonotonic>>(c, "pmr monotonic", Kind::bump);
}

}  // namespace poolproof::bench
