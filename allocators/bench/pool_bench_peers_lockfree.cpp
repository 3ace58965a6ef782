// Peers: lock-free stacks and queues, as free lists over an array of blocks.
#include <bit>
#include <memory>

#include "pool_bench_peers.hpp"

#if POOL_BENCH_BOOST_LOCKFREE
#include <boost/align/aligned_allocator.hpp>
#include <boost/lockfree/detail/freelist.hpp>
#endif
#if POOL_BENCH_CK
// Its header is C: three functions that C++ refuses are kept out by its own guards.
#define CK_F_STACK_BATCH_POP_UPMC
#define CK_F_STACK_BATCH_POP_MPMC
#define CK_F_STACK_PUSH_MPNC
extern "C" {
#include <ck_stack.h>
}
#endif
#if POOL_BENCH_CDS
#include <cds/intrusive/free_list.h>
#endif
#if POOL_BENCH_CONCURRENTQUEUE
#include <concurrentqueue/concurrentqueue.h>
#endif
#if POOL_BENCH_XENIUM
#include <xenium/vyukov_bounded_queue.hpp>
#endif

namespace poolproof::bench {
namespace {

#if POOL_BENCH_BOOST_LOCKFREE
// The free list that boost::lockfree::stack and queue take their nodes from. Its links lie in the
// blocks; the nonce has 16 bits.
class BoostLockfree {
 public:
  BoostLockfree(std::size_t blocks, unsigned) : list_(Bytes(), blocks) {}
  void* alloc() noexcept { return list_.construct<true, true>(); }
  void free(void* block) noexcept { list_.destruct<true>(static_cast<Block*>(block)); }

 private:
  struct alignas(block_size) Block {
    Block() noexcept {}  // does not clear the bytes
    std::byte bytes[block_size];
  };
  using Bytes = boost::alignment::aligned_allocator<Block, block_size>;
  boost::lockfree::detail::freelist_stack<Block, Bytes> list_;
};
#endif

#if POOL_BENCH_CK
// The entries lie in the blocks: a stale popper reads what the new owner writes.
class CkStack {
 public:
  CkStack(std::size_t count, unsigned) : blocks_(count) {
    ck_stack_init(&stack_);
    for (std::size_t i = count; i != 0; --i) free(blocks_[i - 1]);
  }
  void* alloc() noexcept { return ck_stack_pop_mpmc(&stack_); }
  void free(void* block) noexcept {
    ck_stack_push_mpmc(&stack_, static_cast<ck_stack_entry_t*>(block));
  }

 private:
  Blocks blocks_;
  alignas(64) ck_stack_t stack_;
};
#endif

#if POOL_BENCH_CDS
class CdsFreeList {
 public:
  CdsFreeList(std::size_t count, unsigned)
      : blocks_(count), nodes_(std::make_unique<Node[]>(count)) {
    for (std::size_t i = count; i != 0; --i) list_.put(&nodes_[i - 1]);
  }
  ~CdsFreeList() {
    list_.clear([](Node*) {});
  }
  void* alloc() noexcept {
    const Node* node = list_.get();
    return node == nullptr ? nullptr : blocks_[static_cast<std::size_t>(node - nodes_.get())];
  }
  void free(void* block) noexcept { list_.put(&nodes_[blocks_.index_of(block)]); }

 private:
  using Node = cds::intrusive::FreeList::node;
  Blocks blocks_;
  std::unique_ptr<Node[]> nodes_;
  alignas(64) cds::intrusive::FreeList list_;
};
#endif

#if POOL_BENCH_CONCURRENTQUEUE
// A queue of pointers, each thread with its own tokens.
class Moodycamel {
 public:
  Moodycamel(std::size_t count, unsigned) : blocks_(count), queue_(2 * count) {
    moodycamel::ProducerToken producer(queue_);
    for (std::size_t i = 0; i != count; ++i) queue_.enqueue(producer, blocks_[i]);
  }
  class Handle {
   public:
    explicit Handle(Moodycamel& pool)
        : queue_(pool.queue_), producer_(pool.queue_), consumer_(pool.queue_) {}
    void* alloc() noexcept {
      // It may look empty while it is not: ask a few times before saying so.
      void* block = nullptr;
      for (int i = 0; i != 1000 && !queue_.try_dequeue(consumer_, block); ++i) {
        StdBackend::pause();
      }
      return block;
    }
    void free(void* block) noexcept { queue_.enqueue(producer_, block); }

   private:
    moodycamel::ConcurrentQueue<void*>& queue_;
    moodycamel::ProducerToken producer_;
    moodycamel::ConsumerToken consumer_;
  };

 private:
  Blocks blocks_;
  moodycamel::ConcurrentQueue<void*> queue_;
};
#endif

#if POOL_BENCH_XENIUM
// xenium has no pool; this queue of its is the one that needs no memory reclamation.
class XeniumQueue {
 public:
  XeniumQueue(std::size_t count, unsigned) : blocks_(count), queue_(std::bit_ceil(count)) {
    for (std::size_t i = 0; i != count; ++i) free(blocks_[i]);
  }
  void* alloc() noexcept {
    void* block = nullptr;
    return queue_.try_pop(block) ? block : nullptr;
  }
  void free(void* block) noexcept {
    while (!queue_.try_push(block)) StdBackend::pause();
  }

 private:
  Blocks blocks_;
  xenium::vyukov_bounded_queue<void*> queue_;
};
#endif

}  // namespace

void add_lockfree_peers(Contenders& c) {
#if POOL_BENCH_BOOST_LOCKFREE
  add_peer<Plain<BoostLockfree>>(c, "boost::lockfree freelist", Kind::shared);
#else
  leave_out(c, "boost::lockfree freelist", "no libboost-dev");
#endif
#if POOL_BENCH_CK
  add_peer<Plain<CkStack>>(c, "ck_stack", Kind::shared);
#else
  leave_out(c, "ck_stack", "no libck-dev");
#endif
#if POOL_BENCH_CDS
  add_peer<Plain<CdsFreeList>>(c, "libcds FreeList", Kind::shared);
#else
  leave_out(c, "libcds FreeList", "no libcds-dev");
#endif
#if POOL_BENCH_CONCURRENTQUEUE
  add_peer<Moodycamel>(c, "moodycamel queue", Kind::shared);
#else
  leave_out(c, "moodycamel queue", "no libconcurrentqueue-dev");
#endif
#if POOL_BENCH_XENIUM
  add_peer<Plain<XeniumQueue>>(c, "xenium vyukov queue", Kind::shared);
#else
  leave_out(c, "xenium vyukov queue", "no libxenium-dev");
#endif
}

}  // namespace poolproof::bench
