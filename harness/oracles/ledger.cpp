#include "ledger.hpp"

#include <fmt/format.h>

#include <bit>
#include <string>

namespace poolproof {

namespace {

std::string name_of(Ledger::Owner owner) {
  if (owner == 0) return "nobody";
  if (owner == Ledger::bucket_owner) return "the bucket";
  if (owner == Ledger::rest_owner) return "the check at rest";
  return fmt::format("actor {}", owner - 1);
}

}  // namespace

Ledger::Ledger(ViolationLog& log, const std::byte* begin, std::size_t size, std::size_t block_size,
               std::size_t alignment)
    : log_(log),
      begin_(reinterpret_cast<std::uintptr_t>(begin)),
      last_offset_(size - block_size),
      alignment_mask_(alignment - 1),
      block_size_(block_size),
      places_(size / alignment + 1),
      place_shift_(static_cast<unsigned>(std::countr_zero(alignment))),
      spread_(places_ <= (1U << 16) ? 4 : 0),
      stamps_(std::make_unique<std::atomic<std::uint32_t>[]>(places_ << spread_)) {}

// No block lies within [1, 1], so that all come to find_elsewhere.
Ledger::Ledger(ViolationLog& log, std::size_t most_blocks, std::size_t block_size,
               std::size_t places)
    : log_(log),
      begin_(1),
      last_offset_(0),
      alignment_mask_(7),
      block_size_(block_size),
      places_(most_blocks == 0 ? places : std::bit_ceil(2 * most_blocks)),
      place_shift_(0),
      spread_(0),
      stamps_(std::make_unique<std::atomic<std::uint32_t>[]>(places_)),
      keys_(std::make_unique<std::atomic<std::uintptr_t>[]>(places_)),
      most_known_(most_blocks == 0 ? places_ / 4 * 3 : most_blocks),
      bounded_(most_blocks != 0) {}

std::atomic<std::uint32_t>* Ledger::find_elsewhere(Owner owner, const void* block) noexcept {
  const auto key = reinterpret_cast<std::uintptr_t>(block);
  if (keys_ == nullptr || (key & alignment_mask_) != 0) {
    report_misplaced(owner, block);
    return nullptr;
  }
  // Fibonacci hashing; then the next place that is free.
  std::size_t i = key * 0x9e3779b97f4a7c15 >> (64 - std::countr_zero(places_));
  for (std::size_t n = 0; n != places_; ++n) {
    std::uintptr_t seen = keys_[i].load(std::memory_order_relaxed);
    if (seen == 0 && known_.load(std::memory_order_relaxed) < most_known_ &&
        keys_[i].compare_exchange_strong(seen, key, std::memory_order_relaxed)) {
      known_.fetch_add(1, std::memory_order_relaxed);
      return &stamps_[i];
    }
    if (seen == key) return &stamps_[i];
    if (seen == 0) break;  // all that may be known are
    i = (i + 1) & (places_ - 1);
  }
  if (bounded_) {
    report_misplaced(owner, block);
  } else {
    overflowed_.store(true, std::memory_order_relaxed);
  }
  return nullptr;
}

void Ledger::clear() noexcept {
  if (keys_ != nullptr && known_.exchange(0, std::memory_order_relaxed) != 0) {
    for (std::size_t i = 0; i != places_; ++i) keys_[i].store(0, std::memory_order_relaxed);
  }
  for (std::size_t i = 0; i != places_; ++i) {
    stamps_[i << spread_].store(0, std::memory_order_relaxed);
  }
}

std::string Ledger::where(const void* block) const {
  return keys_ == nullptr
             ? fmt::format("offset {}", reinterpret_cast<std::uintptr_t>(block) - begin_)
             : fmt::format("{}", block);
}

void Ledger::report_two_owners(Owner owner, Owner other, const void* block) noexcept {
  log_.report("ownership", fmt::format("{} got the block at {}, which {} owns", name_of(owner),
                                       where(block), name_of(other)));
}

void Ledger::report_lost(Owner owner, Owner other, const void* block) noexcept {
  log_.report("ownership", fmt::format("{} gives away the block at {}, which was its own; now {} "
                                       "owns it",
                                       name_of(owner), where(block), name_of(other)));
}

void Ledger::report_misplaced(Owner owner, const void* block) noexcept {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
  if (keys_ != nullptr) {
    const bool misaligned = ((offset + begin_) & alignment_mask_) != 0;
    log_.report(misaligned ? "alignment" : "range",
                misaligned ? fmt::format("{} got the block at {}, not a multiple of {}",
                                         name_of(owner), where(block), alignment_mask_ + 1)
                           : fmt::format("{} got one more block than the {} that there are",
                                         name_of(owner), most_known_));
  } else if (offset > last_offset_) {
    log_.report("range", fmt::format("{} got a block outside the pool's memory", name_of(owner)));
  } else {
    log_.report("alignment", fmt::format("{} got a block at offset {}, not a multiple of {}",
                                         name_of(owner), offset, alignment_mask_ + 1));
  }
}

void Ledger::report_payload(Owner owner, const void* block) noexcept {
  log_.report("payload", fmt::format("{} frees the block at {}, and what it wrote there was "
                                     "overwritten meanwhile",
                                     name_of(owner), where(block)));
}

}  // namespace poolproof
