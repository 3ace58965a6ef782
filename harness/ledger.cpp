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

void Ledger::clear() noexcept {
  for (std::size_t i = 0; i != places_; ++i) {
    stamps_[i << spread_].store(0, std::memory_order_relaxed);
  }
}

void Ledger::report_two_owners(Owner owner, Owner other, const void* block) noexcept {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
  log_.report("ownership", fmt::format("{} got the block at offset {}, which {} owns",
                                       name_of(owner), offset, name_of(other)));
}

void Ledger::report_lost(Owner owner, Owner other, const void* block) noexcept {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
  log_.report("ownership", fmt::format("{} gives away the block at offset {}, which was its own; "
                                       "now {} owns it",
                                       name_of(owner), offset, name_of(other)));
}

void Ledger::report_misplaced(Owner owner, const void* block) noexcept {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
  if (offset > last_offset_) {
    log_.report("range", fmt::format("{} got a block outside the pool's memory", name_of(owner)));
  } else {
    log_.report("alignment", fmt::format("{} got a block at offset {}, not a multiple of {}",
                                         name_of(owner), offset, alignment_mask_ + 1));
  }
}

void Ledger::report_payload(Owner owner, const void* block) noexcept {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) - begin_;
  log_.report("payload", fmt::format("{} frees the block at offset {}, and what it wrote there "
                                     "was overwritten meanwhile",
                                     name_of(owner), offset));
}

}  // namespace poolproof
