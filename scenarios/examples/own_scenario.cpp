// A scenario and oracles of one's own, on a pool that one has. The pool: a bit for each block.
#include <poolproof/subject.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

template <class B>
class BitPool {
 public:
  BitPool(void* memory, std::size_t blocks, std::size_t block_size)
      : memory_(static_cast<std::byte*>(memory)),
        size_(block_size),
        all_(~std::uint64_t{0} >> (64 - blocks)),
        free_(all_) {
    if (blocks > 64) throw std::length_error("at most 64 blocks");
  }
  void* alloc() {
    std::uint64_t free = free_.fetch_add(0, std::memory_order_relaxed);  // a load may be stale
    while (free != 0) {
      if (free_.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return memory_ + static_cast<std::size_t>(std::countr_zero(free)) * size_;
      }
    }
    return nullptr;
  }
  void free(void* block) {
    const auto at = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_) / size_;
    free_.fetch_add(std::uint64_t{1} << at, std::memory_order_release);
  }
  // An oracle for the pool at rest.
  const char* violation() const {
    const std::uint64_t free = free_.load(std::memory_order_relaxed);
    return (free & ~all_) == 0 ? nullptr : "a block is free that there never was";
  }

 private:
  std::byte* memory_;
  std::size_t size_;
  std::uint64_t all_;
  typename B::template atomic<std::uint64_t> free_;
};

// The scenario, which has an oracle of its own.
struct Pairs {
  static constexpr poolproof::ScenarioInfo info{
      .name = "pairs", .summary = "allocate two, which must differ, free both", .in_hand = 2};
  template <poolproof::BlockActor A>
  static void step(A& me) {
    void* one = me.alloc();
    void* two = me.alloc();
    me.expect(one != two || one == nullptr, "pair", "the same block came twice");
    if (two != nullptr) me.free(two);
    if (one != nullptr) me.free(one);
  }
};

static const auto added = poolproof::add_subject<BitPool, Pairs>("bit_pool", "one bit a block");
