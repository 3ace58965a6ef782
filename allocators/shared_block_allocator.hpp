// SharedBlockAllocator: a pool of blocks in memory that several processes share, any of which may
// be killed at any instant. It knows whose each block is, so what a dead process held can be named
// and had again. Use it for that; where nobody dies, BitmapBlockAllocator is the same for less.
//
//   SharedBlockAllocator<> pool;
//   pool.init(memory, bytes, 64, 16);            // in one process; pool.attach(memory, bytes) in
//   others SharedBlockAllocator<>::Owner me(pool, 3);   // in each thread, with a number of its own
//   void* block = me.alloc_block();
//   me.recover(1 << 7);                          // owner 7 is dead: what it held is free again
//
// Why it is correct. Under it lie BlockBits, whose words say what is free. Beside them, for each
// owner, is its intent, the slot that is changing hands by what it does or did last, and for each
// slot its owner, 0 where none is noted.
//   (S1) store release of the own intent: a slot, before its claim or free, which the claim, and
//        (S3), publish to (S4); nothing, at the end of the operation. Release: whoever reads that
//        it is over has what it noted, and its free.
//   (S2) store release of a slot's owner, by him, once the claim has succeeded, or at adopt.
//   (S3) store release of a slot's owner: none, by its owner, before the bit is set. Whoever reads
//        it by (S4) reads the intent by (S1) too.
//   (S4) load acquire of owner, intent, and of the word of a slot: by recover.
//   (S5) load relaxed of a slot's owner: by the owner himself, who wrote it; or at rest.
// A block in use whose owner is noted is that owner's. One without is changing hands: it is held by
// one of those whose intent it is; the others of these have not claimed it. If all of these are
// dead, the block is theirs, and nobody else's: a holder that is alive keeps its intent until its
// owner is noted, or until the block is free, which is a free that the word counts. So recover
// looks at the word, at the owner, at all intents, and at word and owner once more: unchanged, they
// were so all the time between.
//
// Progress: alloc_block and free_block are lock-free, and nobody waits for a dead owner; what it
// held is in use until somebody recovers it. alloc_block answers nullptr as BitmapBlockAllocator
// does. Nothing in the memory is a pointer.
// Memory beside the blocks: what BitmapBlockAllocator takes, 4 bytes a block, and 4 KiB.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "detail/blocks/block_bits.hpp"
#include "detail/blocks/block_interface.hpp"
#include "detail/blocks/slot_store.hpp"
#include "detail/lane.hpp"
#include "std_backend.hpp"

namespace poolproof {

template <Backend B = StdBackend, unsigned BlocksPerWord = 32>
class SharedBlockAllocator final {
 public:
  class Owner;
  static constexpr unsigned most_owners = 64;  // numbered from 0

  // As BitmapBlockAllocator: memory is not owned, and outlives all that use it.
  InitResult init(void* memory, std::size_t memory_bytes, std::size_t block_size,
                  std::size_t alignment) noexcept {
    const InitResult result = store_.init(memory, memory_bytes, block_size, alignment);
    if (!result) return result;
    for (unsigned owner = 0; owner != most_owners; ++owner) {
      std::construct_at(&intents()[owner], nothing);
    }
    for (std::size_t slot = 0; slot != capacity(); ++slot) {
      std::construct_at(&owners()[slot], nothing);
    }
    return result;
  }
  InitResult attach(void* memory, std::size_t memory_bytes) noexcept {
    return store_.attach(memory, memory_bytes);
  }
  bool valid() const noexcept { return store_.valid(); }

  bool owns(const void* pointer) const noexcept { return store_.owns(pointer); }
  std::size_t block_size() const noexcept { return store_.geometry().block_size; }
  std::size_t alignment() const noexcept { return store_.geometry().alignment; }
  std::size_t capacity() const noexcept { return store_.geometry().blocks; }
  // Blocks in use, the dead ones' too. At rest.
  std::size_t used() const noexcept { return capacity() - store_.slots().free_blocks(); }
  // As BitmapBlockAllocator's, of all processes since init, the dead ones' blocks too.
  std::size_t peak() const noexcept { return store_.slots().ever_taken(); }

  // visit(block) for each block that is noted as this owner's. Exact for a dead one, but for the
  // block that was changing hands when it died, and for one that has nothing under way.
  template <class Visit>
  void for_each_held(unsigned owner, Visit visit) const {
    for (std::size_t slot = 0; slot != capacity(); ++slot) {
      if (owners()[slot].value.load(std::memory_order_acquire) == noted(owner)) {  // (S4)
        visit(store_.block(slot));
      }
    }
  }

  static constexpr std::size_t buffer_bytes(std::size_t count, std::size_t block_size,
                                            std::size_t alignment) noexcept {
    return Store::buffer_bytes(count, block_size, alignment);
  }

 private:
  template <class T>
  using Atomic = typename B::template atomic<T>;
  static constexpr std::uint32_t nothing = 0;
  struct alignas(64) Intent {
    explicit Intent(std::uint32_t first) noexcept : value(first) {}
    Atomic<std::uint32_t> value;  // a slot and 1
  };
  struct SlotOwner {
    explicit SlotOwner(std::uint32_t first) noexcept : value(first) {}
    Atomic<std::uint32_t> value;  // an owner and 1
  };
  struct Owners {
    static constexpr std::uint64_t kind = 1;
    static constexpr std::size_t bytes_for(std::size_t blocks) noexcept {
      const std::size_t slots = size_mul(blocks, sizeof(SlotOwner));
      const std::size_t bytes = size_add(most_owners * sizeof(Intent), slots);
      return bytes == size_overflow ? bytes : align_up(bytes, 64);
    }
  };
  using Store = SlotStore<BlockBits<B, BlocksPerWord>, Owners>;

  static constexpr std::uint32_t noted(unsigned owner) noexcept { return owner + 1; }
  Intent* intents() const noexcept { return reinterpret_cast<Intent*>(store_.beside()); }
  SlotOwner* owners() const noexcept {
    return reinterpret_cast<SlotOwner*>(store_.beside() + most_owners * sizeof(Intent));
  }

  Store store_;
};

// One thread's way into the pool, with a number that nobody else has while it lives. Ends without a
// trace: what it holds stays noted as its own.
template <Backend B, unsigned BlocksPerWord>
class SharedBlockAllocator<B, BlocksPerWord>::Owner final : public BlockInterface<Owner> {
 public:
  // owner: below most_owners. The pool outlives this object.
  Owner(SharedBlockAllocator& pool, unsigned owner) noexcept : pool_(pool), owner_(owner) {
    check(owner < most_owners, "the number of an owner is below 64");
  }

  // A block of block_size() bytes, or nullptr; noted as this owner's.
  [[nodiscard]] void* alloc_block() noexcept {
    const std::size_t slot =
        bits().take(lane_of<B>(), [this](std::size_t candidate) { intend(candidate); });
    if (slot != Store::Slots::none) note(slot);
    intend_nothing();
    return slot == Store::Slots::none ? nullptr : pool_.store_.block(slot);
  }
  // block: this owner's. Stops the program on any other.
  void free_block(void* block) noexcept {
    const std::size_t slot = pool_.store_.slot_of(block);
    auto& its_owner = pool_.owners()[slot].value;
    check(its_owner.load(std::memory_order_relaxed) == noted(owner_),  // (S5)
          "the block is not this owner's");
    intend(slot);
    its_owner.store(nothing, std::memory_order_release);  // (S3)
    bits().give(slot);
    intend_nothing();
  }

  // A block that its owner has passed on to this one, with all that it wrote; he must not free it.
  void adopt(void* block) noexcept { note(pool_.store_.slot_of(block)); }

  // Frees what the dead owners held, of whom bit n of dead is owner n. One at a time recovers the
  // same ones, and who dies meanwhile is recovered with them. Their numbers may then be used anew,
  // unless a block is in doubt: it is changing hands, and may be that of an owner who is in the
  // middle of an operation, alive, or dead and not in this set. Call again once that has gone on,
  // or died.
  struct Recovered {
    std::size_t blocks;
    std::size_t in_doubt;
  };
  Recovered recover(std::uint64_t dead) noexcept {
    Recovered result{};
    for (std::size_t slot = 0; slot != pool_.capacity(); ++slot) {
      const Holder holder = holder_of(slot, dead);
      if (holder == Holder::in_doubt) ++result.in_doubt;
      if (holder != Holder::dead) continue;
      note(slot);
      free_block(pool_.store_.block(slot));
      ++result.blocks;
    }
    if (result.in_doubt != 0) return result;
    for (unsigned owner = 0; owner != most_owners; ++owner) {
      if ((dead >> owner & 1) == 0) continue;
      pool_.intents()[owner].value.store(nothing, std::memory_order_release);  // (S1)
    }
    return result;
  }

  bool owns(const void* pointer) const noexcept override { return pool_.owns(pointer); }
  std::size_t block_size() const noexcept { return pool_.block_size(); }
  std::size_t alignment() const noexcept { return pool_.alignment(); }

 private:
  enum class Holder : unsigned char { nobody, alive, dead, in_doubt };

  auto& bits() noexcept { return pool_.store_.slots(); }
  void note(std::size_t slot) noexcept {
    pool_.owners()[slot].value.store(noted(owner_), std::memory_order_release);  // (S2)
  }
  void intend_nothing() noexcept {
    pool_.intents()[owner_].value.store(nothing, std::memory_order_release);  // (S1)
  }
  void intend(std::size_t slot) noexcept {
    const auto intent = static_cast<std::uint32_t>(slot + 1);
    pool_.intents()[owner_].value.store(intent, std::memory_order_release);  // (S1)
  }

  Holder holder_of(std::size_t slot, std::uint64_t dead) noexcept {
    const auto& owner = pool_.owners()[slot].value;
    for (;;) {
      const std::uint64_t word = bits().word_of(slot).load(std::memory_order_acquire);  // (S4)
      if ((word & Store::Slots::bit_of(slot)) != 0) return Holder::nobody;
      const std::uint32_t noted_one = owner.load(std::memory_order_acquire);  // (S4)
      if (noted_one != nothing) {
        return (dead >> (noted_one - 1) & 1) != 0 ? Holder::dead : Holder::alive;
      }
      const Holder holder = who_intends(slot, dead);
      const std::uint32_t still = owner.load(std::memory_order_acquire);                 // (S4)
      const std::uint64_t later = bits().word_of(slot).load(std::memory_order_acquire);  // (S4)
      if (still == nothing && bits().frees_of(later) == bits().frees_of(word)) return holder;
    }
  }
  // Whose intent a slot is: the dead ones', or that of others too.
  Holder who_intends(std::size_t slot, std::uint64_t dead) const noexcept {
    Holder holder = Holder::alive;
    for (unsigned owner = 0; owner != most_owners; ++owner) {
      const auto& intent = pool_.intents()[owner].value;
      if (intent.load(std::memory_order_acquire) != slot + 1) continue;  // (S4)
      if ((dead >> owner & 1) == 0) return Holder::in_doubt;
      holder = Holder::dead;
    }
    return holder;
  }

  SharedBlockAllocator& pool_;
  const unsigned owner_;
};

}  // namespace poolproof
