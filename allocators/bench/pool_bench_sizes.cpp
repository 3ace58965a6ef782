// Allocators of pieces of any size, ours and peers: each thread keeps up to 128 pieces; a coin says
// whether one more, of any size (log-uniform), or one less, any of them.
#include <array>
#include <cstdlib>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <utility>

#include "../buddy_allocator.hpp"
#include "../cached_buddy_allocator.hpp"
#include "../locked_buddy_allocator.hpp"
#include "../locked_sign_post_allocator.hpp"
#include "../lockless_buddy_allocator.hpp"
#include "../sign_post_allocator.hpp"
#include "pool_bench_cells.hpp"
#include "pool_bench_heaps.hpp"

namespace poolproof::bench {
namespace {

constexpr std::size_t arena_bytes = 1 << 24;  // more than any workload keeps
constexpr std::size_t leaf_size = 64;         // of buddies
constexpr unsigned largest_order = 8;         // 16 KiB

struct Arena {
  Arena() : begin(static_cast<std::byte*>(std::aligned_alloc(1 << 16, arena_bytes))) {
    if (begin == nullptr) throw std::bad_alloc();
  }
  ~Arena() { std::free(begin); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  std::byte* const begin;
};

template <class Pool>
class OverArena {
 public:
  OverArena(std::size_t, unsigned) {
    bool done = false;
    if constexpr (requires { pool_.init(arena_.begin, arena_bytes, leaf_size, largest_order); }) {
      done = static_cast<bool>(pool_.init(arena_.begin, arena_bytes, leaf_size, largest_order));
    } else {
      done = static_cast<bool>(pool_.init(arena_.begin, arena_bytes));
    }
    if (!done) std::abort();
  }
  class Handle {
   public:
    explicit Handle(OverArena& over) noexcept : way_(way_into(over.pool_)) {}
    void* alloc(std::size_t bytes) noexcept { return way_.alloc(bytes); }
    void free(void* piece, std::size_t) noexcept { way_.free(piece); }

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
  Arena arena_;
  Pool pool_;
};

template <Heaps which>
struct AnyHeap {
  AnyHeap(std::size_t, unsigned) {}
  class Handle {
   public:
    explicit Handle(AnyHeap&) noexcept : alloc_(heap<which>.alloc), free_(heap<which>.free) {}
    void* alloc(std::size_t bytes) noexcept { return alloc_(bytes); }
    void free(void* piece, std::size_t) noexcept { free_(piece); }

   private:
    void* (*alloc_)(std::size_t);
    void (*free_)(void*);
  };
};

template <class Resource>
class Pmr {
 public:
  Pmr(std::size_t, unsigned) {}
  class Handle {
   public:
    explicit Handle(Pmr& pmr) noexcept : resource_(pmr.resource_) {}
    void* alloc(std::size_t bytes) noexcept { return resource_.allocate(bytes); }
    void free(void* piece, std::size_t bytes) noexcept { resource_.deallocate(piece, bytes); }

   private:
    Resource& resource_;
  };

 private:
  Resource resource_{std::pmr::pool_options{.largest_required_pool_block = 1 << 14}};
};

// most: log2 of the largest size in bytes.
template <class Handle, unsigned most>
class Sizes {
 public:
  Sizes(Handle& handle, Shared& shared, unsigned thread) noexcept
      : handle_(handle), shared_(shared), random_(thread + 1) {}
  std::uint64_t pairs() const noexcept { return pairs_; }
  void step() noexcept {
    for (int i = 0; i != 2 * pairs_per_step; ++i) flip();
  }
  void finish() noexcept {
    while (count_ != 0) free_one(count_ - 1);
  }

 private:
  struct Held {
    void* piece;
    std::size_t bytes;
  };
  static constexpr std::uint32_t most_held = 128;

  void flip() noexcept {
    const std::uint64_t random = random_.next();
    if (count_ == 0 || (count_ != most_held && (random & 1) != 0)) return alloc_one(random);
    free_one(static_cast<std::uint32_t>(((random >> 32) * count_) >> 32));
  }
  void alloc_one(std::uint64_t random) noexcept {
    const unsigned power = static_cast<unsigned>((random >> 8 & 0xffff) * (most + 1) >> 16);
    const std::size_t low = std::size_t{1} << power >> 1;
    const std::size_t bytes = low + 1 + (random >> 32) % (low == 0 ? 1 : low);
    void* piece = handle_.alloc(bytes);
    if (piece == nullptr) [[unlikely]] {
      shared_.ran_dry.store(true, std::memory_order_relaxed);
      return;
    }
    *static_cast<volatile unsigned char*>(piece) = 1;
    held_[count_++] = {piece, bytes};
  }
  void free_one(std::uint32_t i) noexcept {
    const Held held = std::exchange(held_[i], held_[count_ - 1]);
    --count_;
    handle_.free(held.piece, held.bytes);
    ++pairs_;
  }

  Handle& handle_;
  Shared& shared_;
  Random64 random_;
  std::uint64_t pairs_ = 0;
  std::array<Held, most_held> held_;
  std::uint32_t count_ = 0;
};
template <class Handle>
using Sizes4k = Sizes<Handle, 12>;
template <class Handle>
using Sizes16k = Sizes<Handle, 14>;

template <class C>
void add_sized(Contenders& contenders, const char* name, Group group, Kind kind,
               const char* control) {
  Entry entry{name, group, kind, control, {}, {}, {}};
  entry.cells.push_back({"sizes_4k", run_cell<C, Sizes4k>});
  entry.cells.push_back({"sizes_16k", run_cell<C, Sizes16k>});
  contenders.entries.push_back(std::move(entry));
}
template <Heaps which>
void add_heap(Contenders& contenders, const char* name) {
  if (!heap<which>.why_not.empty()) return;
  add_sized<AnyHeap<which>>(contenders, name, Group::peer, Kind::shared, "LockedBuddy");
}

}  // namespace

void add_sized_contenders(Contenders& c) {
  add_sized<OverArena<SignPostAllocator>>(c, "SignPost", Group::ours, Kind::single, "");
  add_sized<OverArena<BuddyAllocator>>(c, "Buddy", Group::ours, Kind::single, "SignPost");
  add_sized<OverArena<LockedSignPostAllocator<>>>(c, "LockedSignPost", Group::ours, Kind::shared,
                                                  "LockedBuddy");
  add_sized<OverArena<LockedBuddyAllocator<>>>(c, "LockedBuddy", Group::ours, Kind::shared, "");
  add_sized<OverArena<LocklessBuddyAllocator<>>>(c, "LocklessBuddy", Group::ours, Kind::shared,
                                                 "LockedBuddy");
  add_sized<OverArena<CachedBuddyAllocator<>>>(c, "CachedBuddy", Group::ours, Kind::shared,
                                               "LockedBuddy");
  add_heap<Heaps::libc>(c, "malloc any size");
  add_heap<Heaps::mimalloc>(c, "mimalloc any size");
  add_heap<Heaps::jemalloc>(c, "jemalloc any size");
  add_heap<Heaps::tcmalloc>(c, "tcmalloc any size");
  add_sized<Pmr<std::pmr::synchronized_pool_resource>>(c, "pmr synchronized", Group::peer,
                                                       Kind::shared, "LockedBuddy");
  add_sized<Pmr<std::pmr::unsynchronized_pool_resource>>(c, "pmr unsynchronized", Group::peer,
                                                         Kind::single, "SignPost");
}

}  // namespace poolproof::bench
