// Ledger: the oracles that look at every block: ownership, payload canary, range, alignment.
//
// Each place where a block can start has a stamp: who owns it, and how often it was owned. An owner
// checks that the stamp is free, puts its own there, and finds it unchanged when it frees. All of
// that is relaxed loads and stores of an atomic: two owners are found for certain, at the latest by
// the second free, because one of the two stamps must be overwritten; and no order is added that
// could hide a missing one of the allocator from ThreadSanitizer. The payload is written and read
// as plain memory, so that ThreadSanitizer sees a missing acquire or release as a data race.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "violation_log.hpp"

namespace poolproof {

class Ledger {
 public:
  using Owner = std::uint32_t;  // 1 to most_owner
  static constexpr Owner most_owner = 4095;
  static constexpr Owner bucket_owner = most_owner;
  static constexpr Owner rest_owner = most_owner - 1;  // the check at rest

  // Blocks may start at multiples of alignment in [begin, begin + size), and be block_size bytes.
  Ledger(ViolationLog& log, const std::byte* begin, std::size_t size, std::size_t block_size,
         std::size_t alignment);

  // For blocks that may lie anywhere, aligned to 8 bytes. Between two calls of clear there are
  // most_blocks different ones; 0: any number, of which the ledger watches the first three quarters
  // of places, a power of two.
  Ledger(ViolationLog& log, std::size_t most_blocks, std::size_t block_size,
         std::size_t places = 1 << 16);

  // Owner has just got block: is it in range, aligned, and nobody's? Writes the canary.
  void acquired(Owner owner, void* block) noexcept { acquired(owner, block, block_size_); }
  // The same, when only the first size bytes of it are the owner's.
  void acquired(Owner owner, void* block, std::size_t size) noexcept {
    std::atomic<std::uint32_t>* stamp = find(owner, block);
    if (stamp == nullptr) return;
    const std::uint32_t seen = stamp->load(std::memory_order_relaxed);
    if (owner_of(seen) != 0) [[unlikely]]
      return report_two_owners(owner, owner_of(seen), block);
    const std::uint32_t mine = (seen & ~owner_mask) + (owner_mask + 1) + owner;
    stamp->store(mine, std::memory_order_relaxed);
    write_canary(block, size, mine);
  }

  // Owner is about to free block: is it still its own, and its payload what was written?
  void releasing(Owner owner, void* block) noexcept { releasing(owner, block, block_size_); }
  void releasing(Owner owner, void* block, std::size_t size) noexcept {
    std::atomic<std::uint32_t>* stamp = find(owner, block);
    if (stamp == nullptr) return;
    const std::uint32_t seen = stamp->load(std::memory_order_relaxed);
    if (owner_of(seen) != owner) [[unlikely]]
      return report_lost(owner, owner_of(seen), block);
    check_canary(owner, block, size, seen);
    stamp->store(seen & ~owner_mask, std::memory_order_relaxed);
  }

  // block goes from one owner to another, with the caller's synchronisation.
  void passed(Owner from, Owner to, void* block) noexcept {
    std::atomic<std::uint32_t>* stamp = find(to, block);
    if (stamp == nullptr) return;
    const std::uint32_t seen = stamp->load(std::memory_order_relaxed);
    if (owner_of(seen) != from) [[unlikely]]
      return report_lost(from, owner_of(seen), block);
    stamp->store((seen & ~owner_mask) | to, std::memory_order_relaxed);
  }

  // The stamp of place i, for an observer: 0 for a place that was never owned. While nobody owns
  // it, it does not change; it comes back to an earlier value only after 2^20 owners.
  std::size_t places() const noexcept { return places_; }
  std::uint32_t stamp(std::size_t i) const noexcept {
    return stamps_[i << spread_].load(std::memory_order_relaxed);
  }
  static constexpr Owner owner_of(std::uint32_t stamp) noexcept { return stamp & owner_mask; }

  // Were there blocks that it did not watch?
  bool overflowed() const noexcept { return overflowed_.load(std::memory_order_relaxed); }

  // Forgets everything, for a new pool. Nobody else may be inside.
  void clear() noexcept;

 private:
  static constexpr std::uint32_t owner_mask = most_owner;

  std::atomic<std::uint32_t>* find(Owner owner, const void* block) noexcept {
    const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
    if (offset > last_offset_ || (offset & alignment_mask_) != 0) [[unlikely]] {
      return find_elsewhere(owner, block);
    }
    return &stamps_[offset >> place_shift_ << spread_];
  }
  // A block that has no place by its address: it gets one, or is misplaced.
  [[gnu::noinline]] std::atomic<std::uint32_t>* find_elsewhere(Owner owner,
                                                               const void* block) noexcept;
  // Depends on where the block lies and on how often it was owned, so that a stale one differs.
  static std::uint64_t canary(const void* block, std::uint32_t stamp) noexcept {
    return reinterpret_cast<std::uintptr_t>(block) * 0x9e3779b97f4a7c15 ^ (stamp & ~owner_mask);
  }
  void write_canary(void* block, std::size_t size, std::uint32_t stamp) noexcept;
  void check_canary(Owner owner, const void* block, std::size_t size, std::uint32_t stamp) noexcept;
  [[gnu::cold]] std::string where(const void* block) const;
  [[gnu::cold]] void report_two_owners(Owner owner, Owner other, const void* block) noexcept;
  [[gnu::cold]] void report_lost(Owner owner, Owner other, const void* block) noexcept;
  [[gnu::cold]] void report_misplaced(Owner owner, const void* block) noexcept;
  [[gnu::cold]] void report_payload(Owner owner, const void* block) noexcept;

  ViolationLog& log_;
  std::uintptr_t begin_;
  std::uintptr_t last_offset_;
  std::uintptr_t alignment_mask_;
  std::size_t block_size_;
  std::size_t places_;
  unsigned place_shift_;
  unsigned spread_;  // stamps are 2^spread_ apart, against false sharing
  std::unique_ptr<std::atomic<std::uint32_t>[]> stamps_;
  // Of blocks anywhere: a hash table, whose entries are never taken out but by clear. Relaxed, all
  // of it: an address is all that an entry publishes, and no order may be added.
  std::unique_ptr<std::atomic<std::uintptr_t>[]> keys_;  // the block that has place i; 0: none
  std::size_t most_known_ = 0;
  bool bounded_ = true;
  std::atomic<std::size_t> known_{0};
  std::atomic<bool> overflowed_{false};
};

}  // namespace poolproof

#include "ledger_canary.hpp"
