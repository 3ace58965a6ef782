// The bodies of BlockStore; included by block_store.hpp.
#pragma once

#include "block_store.hpp"

namespace poolproof {

template <Backend B>
InitResult BlockStore<B>::init(void* buffer, std::size_t buffer_size, std::size_t block_size,
                               std::size_t alignment, unsigned index_bits_limit) noexcept {
  if (valid()) return InitError::already_initialised;
  if (block_size == 0) return InitError::zero_size;
  if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
  if (buffer == nullptr) return InitError::null_buffer;
  const BlockGeometry one = layout(block_size, alignment, 1);
  const std::size_t start_alignment = chunk_alignment(alignment);
  const std::size_t minimum = size_add(one.chunk_bytes, start_alignment - 1);
  if (minimum == size_overflow) return InitError::overflow;
  const std::size_t skip = bytes_to_alignment(buffer, start_alignment);
  if (buffer_size < skip || buffer_size - skip < one.chunk_bytes) {
    return {InitError::buffer_too_small, minimum};
  }
  const std::size_t room = buffer_size - skip;
  // At least as many as fit: padding between links and blocks can only make it fewer.
  std::size_t blocks = (room - one.links_offset) / (one.block_size + sizeof(Link));
  while (layout(block_size, alignment, blocks).chunk_bytes > room) --blocks;
  const auto bits = static_cast<unsigned>(std::bit_width(blocks));
  const auto most_indices = static_cast<std::size_t>((std::uint64_t{1} << index_bits_limit) - 1);
  if (bits > index_bits_limit) return {InitError::too_many_blocks, most_indices};

  geometry_ = layout(block_size, alignment, blocks);
  index_bits_ = bits;
  set_slot_bits(bits);
  none_ = static_cast<Index>((std::uint64_t{1} << bits) - 1);
  most_chunks_ = 1;
  chunks_.add(0, static_cast<std::byte*>(buffer) + skip, nullptr);
  count_.set(1);
  fresh_.store(fresh(0, blocks), std::memory_order_relaxed);  // (F4)
  return {};
}

template <Backend B>
InitResult BlockStore<B>::init(Allocator& base, std::size_t block_size, std::size_t alignment,
                               std::size_t blocks_per_chunk, std::size_t most_blocks,
                               unsigned index_bits_limit) noexcept {
  if (valid()) return InitError::already_initialised;
  if (block_size == 0 || blocks_per_chunk == 0) return InitError::zero_size;
  if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
  constexpr unsigned default_bits = 24;
  const auto most_indices = static_cast<std::size_t>((std::uint64_t{1} << index_bits_limit) - 1);
  const auto slot_bits = static_cast<unsigned>(std::bit_width(blocks_per_chunk - 1));
  const std::size_t wanted =
      most_blocks / blocks_per_chunk + (most_blocks % blocks_per_chunk == 0 ? 0 : 1);
  unsigned bits = default_bits;
  if (most_blocks != 0) {
    bits = static_cast<unsigned>(std::bit_width(wanted)) + slot_bits;
    const bool is_small = size_mul(wanted, blocks_per_chunk) < std::size_t{1} << default_bits;
    if (is_small) bits = std::min(bits, default_bits);
  }
  bits = std::max(bits, slot_bits + 1);
  if (bits > index_bits_limit) {
    const std::size_t chunks = slot_bits < index_bits_limit ? most_indices >> slot_bits : 0;
    const std::size_t most_per_chunk = std::size_t{1} << (index_bits_limit - 1);
    return {InitError::too_many_blocks, chunks == 0 ? most_per_chunk : chunks * blocks_per_chunk};
  }
  // All ones is none(): where the slots fill their bits, the last chunk would contain it.
  const std::size_t numbered = ((std::size_t{1} << bits) - 1) >> slot_bits;
  if (most_blocks != 0 && wanted > numbered) {
    return {InitError::too_many_blocks, numbered * blocks_per_chunk};
  }
  const BlockGeometry geometry = layout(block_size, alignment, blocks_per_chunk);
  if (geometry.chunk_bytes > size_overflow / 4) return InitError::overflow;

  geometry_ = geometry;
  base_ = &base;
  index_bits_ = bits;
  set_slot_bits(slot_bits);
  none_ = static_cast<Index>((std::uint64_t{1} << bits) - 1);
  most_chunks_ = most_blocks == 0 ? numbered : wanted;
  chunks_.init(geometry_.chunk_bytes);
  return {};
}

template <Backend B>
void BlockStore<B>::deinit() noexcept {
  if (!valid()) return;
  std::size_t carved_in_last =
      carved() - (count_.get() == 0 ? 0 : count_.get() - 1) * geometry_.blocks;
  // Backwards: the chunk that holds a level of the map is the first one in that level.
  for (std::size_t n = count_.get(); n-- != 0;) {
    end_chunk(n, carved_in_last);
    carved_in_last = geometry_.blocks;
  }
  count_.set(0);
  chunks_.reset();
  fresh_.store(0, std::memory_order_relaxed);  // (F4)
  geometry_ = {};
  base_ = nullptr;
  most_chunks_ = 0;
  none_ = 0;
  index_bits_ = 0;
  set_slot_bits(0);
}

template <Backend B>
inline auto BlockStore<B>::index_of(const void* pointer) const noexcept -> Index {
  const std::byte* first = chunks_.first();
  const std::uint64_t slot = geometry_.slot_of(first, pointer);
  if (slot < geometry_.blocks && first != nullptr) return static_cast<Index>(slot);
  check(grows(), "free_block: not a block of this pool");
  const std::size_t n = chunks_.find(pointer);
  check(n != 0, "free_block: not a block of this pool");
  const std::uint64_t slot_there = geometry_.slot_of(chunks_.chunk(n), pointer);
  check(slot_there < geometry_.blocks, "free_block: not a block of this pool");
  return static_cast<Index>((n << slot_bits_) + slot_there);
}

template <Backend B>
auto BlockStore<B>::carve(Index most) noexcept -> Range {
  for (;;) {
    std::uint64_t now = fresh_.load(std::memory_order_acquire);  // (F1)
    const std::uint64_t count = std::min<std::uint64_t>(most, end_of(now) - next_of(now));
    if (count == 0) return {none_, 0};
    if (fresh_.compare_exchange_weak(now, now + count, std::memory_order_relaxed,
                                     std::memory_order_relaxed)) {  // (F2)
      const Range range{static_cast<Index>(next_of(now)), static_cast<Index>(count)};
      for (Index i = 0; i != range.count; ++i) std::construct_at(&link(range.first + i), 0u);
      return range;
    }
  }
}

template <Backend B>
auto BlockStore<B>::grow() noexcept -> Index {
  const std::uint32_t n = count_.get();
  if (n >= most_chunks_) return none_;
  const std::size_t tail = ChunkMap<B>::tail_bytes(n);
  const std::size_t tail_offset = align_up(geometry_.chunk_bytes, ChunkMap<B>::tail_alignment);
  const std::size_t bytes = tail == 0 ? geometry_.chunk_bytes : size_add(tail_offset, tail);
  if (bytes == size_overflow) return none_;
  const std::size_t alignment =
      std::max(chunk_alignment(geometry_.alignment), ChunkMap<B>::tail_alignment);
  auto* chunk = static_cast<std::byte*>(base_->alloc_aligned(bytes, alignment));
  if (chunk == nullptr) return none_;
  chunks_.add(n, chunk, chunk + tail_offset);
  count_.set(n + 1);
  const std::uint64_t start = std::uint64_t{n} << slot_bits_;
  std::construct_at(&link(static_cast<Index>(start)), 0u);  // the caller's own block
  fresh_.store(fresh(start + 1, start + geometry_.blocks), std::memory_order_release);  // (F3)
  B::note(Event::grow);
  return static_cast<Index>(start);
}

template <Backend B>
void BlockStore<B>::end_chunk(std::size_t n, std::size_t carved) noexcept {
  std::byte* start = chunks_.chunk(n);
  if constexpr (!std::is_trivially_destructible_v<Link>) {
    std::destroy_n(reinterpret_cast<Link*>(start + geometry_.links_offset), carved);
  }
  chunks_.end(n);
  if (base_ != nullptr) base_->free(start);
}

template <Backend B>
bool BlockStore<B>::owns(const void* pointer) const noexcept {
  const std::lock_guard lock(growth_);
  const std::size_t bytes = geometry_.blocks * geometry_.block_size;
  for (std::size_t n = 0; n != count_.get(); ++n) {
    const std::byte* start = chunks_.chunk(n);
    if (address(pointer) - address(start + geometry_.blocks_offset) < bytes) return true;
  }
  return false;
}

template <Backend B>
std::size_t BlockStore<B>::capacity() const noexcept {
  const std::lock_guard lock(growth_);
  return count_.get() * geometry_.blocks;
}

template <Backend B>
std::size_t BlockStore<B>::carved() const noexcept {
  const std::lock_guard lock(growth_);
  const std::uint64_t now = fresh_.load(std::memory_order_relaxed);  // (F4)
  const auto next = static_cast<std::size_t>(next_of(now));
  const auto end = static_cast<std::size_t>(end_of(now));
  // All of the older chunks, and of the newest what is not fresh any more.
  return count_.get() * geometry_.blocks - (end - next);
}

template <Backend B>
template <class Visitor>
void BlockStore<B>::describe(Visitor&& visit, const LinkLayout& links) const {
  visit("fresh", fresh_, FreshLayout{});
  visit("growth", growth_);
  visit.bookkeeping("chunks", count_);
  chunks_.describe(visit, most_chunks_, [&](std::size_t n, const std::byte* start) {
    visit.blocks(start + geometry_.blocks_offset, geometry_.blocks, geometry_.block_size,
                 n << slot_bits_);
    const auto* its_links = reinterpret_cast<const Link*>(start + geometry_.links_offset);
    for (std::size_t slot = 0; slot != geometry_.blocks; ++slot) {
      visit("next", (n << slot_bits_) + slot, its_links[slot], links);
    }
  });
}

}  // namespace poolproof
