#include "program_heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace poolproof {

namespace {

constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* map(void* at, std::size_t bytes, int more_flags) {
  void* const memory = mmap(at, bytes, PROT_READ | PROT_WRITE, flags | more_flags, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return memory;
}

}  // namespace

ProgramHeap::ProgramHeap() {
  constexpr std::size_t bytes = (before_main + 1) * part_bytes;
  map(reinterpret_cast<void*>(start), bytes, MAP_FIXED);
  owners_ = static_cast<std::uint32_t*>(map(nullptr, bytes / granule * sizeof *owners_, 0));
}

// 16 bytes that belong to nobody lie behind each block.
std::uintptr_t ProgramHeap::take(unsigned part, std::size_t size, std::size_t align) noexcept {
  align = std::max(align, granule);
  const std::uintptr_t from = (tops_[part] + align - 1) / align * align;
  if (size > part_bytes || from + size + 2 * granule > part_bytes) return 0;
  tops_[part] = (from + size + 2 * granule - 1) / granule * granule;
  return start + part * part_bytes + from;
}

HeapBlock& ProgramHeap::add(std::uintptr_t at, std::size_t size, const void* code) {
  if (used_ == blocks_.size()) blocks_.push_back(std::make_unique<HeapBlock>());
  HeapBlock& block = *blocks_[used_++];
  block = {at, size, true, code, nullptr, {}};
  own(block, static_cast<std::uint32_t>(used_));
  return block;
}

void ProgramHeap::own(const HeapBlock& block, std::uint32_t number) noexcept {
  const std::size_t first = (block.start - start) / granule;
  const std::size_t last = (block.start - start + block.size + granule - 1) / granule;
  std::fill(owners_ + first, owners_ + last + 1, number);
}

void* ProgramHeap::allocate_early(std::size_t size, std::size_t align) noexcept {
  size = std::max<std::size_t>(size, 1);
  const std::uintptr_t at = take(before_main, size, align);
  if (at == 0) return nullptr;
  add(at, size, nullptr);
  return reinterpret_cast<void*>(at);
}

void ProgramHeap::keep_early() {
  early_blocks_ = used_;
  early_top_ = tops_[before_main];
  const auto* const bytes = reinterpret_cast<const char*>(start + before_main * part_bytes);
  early_bytes_.assign(bytes, bytes + early_top_);
}

void ProgramHeap::restart() {
  for (unsigned part = 0; part != before_main; ++part) {
    const std::size_t first = part * part_bytes / granule;
    std::fill_n(owners_ + first, tops_[part] / granule, 0U);
    tops_[part] = 0;
  }
  used_ = early_blocks_;
  dead_.clear();
  std::memcpy(reinterpret_cast<void*>(start + before_main * part_bytes), early_bytes_.data(),
              early_bytes_.size());
  for (std::size_t i = 0; i != early_blocks_; ++i) {
    blocks_[i]->live = true;
    own(*blocks_[i], static_cast<std::uint32_t>(i + 1));
  }
}

HeapBlock* ProgramHeap::allocate(unsigned actor, std::size_t size, std::size_t align,
                                 const void* code) {
  const std::uintptr_t at = take(actor, size, align);
  return at == 0 ? nullptr : &add(at, size, code);
}

HeapBlock* ProgramHeap::reusable(std::size_t size, std::size_t align) noexcept {
  for (std::size_t i = dead_.size(); i-- != 0;) {
    HeapBlock& block = *blocks_[dead_[i]];
    if (block.size == size && block.start % align == 0) return &block;
  }
  return nullptr;
}

HeapBlock& ProgramHeap::reuse(HeapBlock& old, const void* code) {
  std::erase_if(dead_, [&](std::size_t i) { return blocks_[i].get() == &old; });
  return add(old.start, old.size, code);
}

void ProgramHeap::free(HeapBlock& block, const void* code) noexcept {
  block.live = false;
  block.freed = code;
  block.free_clock.release();
  dead_.push_back(number(block) - 1);
}

HeapBlock* ProgramHeap::find(std::uintptr_t at) noexcept {
  const std::uint32_t number = owners_[(at - start) / granule];
  return number == 0 ? nullptr : blocks_[number - 1].get();
}

std::size_t ProgramHeap::number(const HeapBlock& block) const noexcept {
  return owners_[(block.start - start) / granule];
}

}  // namespace poolproof
