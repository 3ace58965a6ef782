// How BasicSignPostAllocator gets its memory, lays it out, and gives it back. Included by
// sign_post_allocator.hpp.
#pragma once

#include <algorithm>
#include <memory>

#include "../../sign_post_allocator.hpp"
#include "../memory_marks.hpp"

namespace poolproof {

template <Backend B, class Word>
InitResult BasicSignPostAllocator<B, Word>::check_sizes(std::size_t bytes,
                                                        std::size_t alignment) const noexcept {
  if (valid()) return InitError::already_initialised;
  if (bytes == 0) return InitError::zero_size;
  if (!std::has_single_bit(alignment)) return bad_alignment(alignment);
  if (raised(alignment) > Posts::most_distance / 4) return InitError::overflow;
  if (bytes > Posts::most_distance) return {InitError::too_large, Posts::most_distance};
  return {};
}

template <Backend B, class Word>
void BasicSignPostAllocator<B, Word>::set_up(std::size_t alignment) noexcept {
  alignment_ = raised(alignment);
  least_segment_ = align_up(minimum_segment, alignment_);
  most_bytes_ = Posts::most_distance - Posts::size - alignment_;
  posts_.set_seal(address(this) + ++lives_);
}

template <Backend B, class Word>
InitResult BasicSignPostAllocator<B, Word>::init(void* buffer, std::size_t buffer_size,
                                                 std::size_t alignment) noexcept {
  if (const InitResult result = check_sizes(buffer_size, alignment); !result) return result;
  if (buffer == nullptr) return InitError::null_buffer;
  if (!holds_segment(buffer, buffer_size, raised(alignment))) {
    return {InitError::buffer_too_small, buffer_bytes(1, 1, alignment)};
  }
  set_up(alignment);
  start_chunk(buffer, buffer_size);
  return {};
}

template <Backend B, class Word>
InitResult BasicSignPostAllocator<B, Word>::init(Allocator& base, std::size_t bytes_per_chunk,
                                                 std::size_t alignment) noexcept {
  if (const InitResult result = check_sizes(bytes_per_chunk, alignment); !result) return result;
  base_ = &base;
  bytes_per_chunk_ = bytes_per_chunk;
  set_up(alignment);
  return {};
}

template <Backend B, class Word>
void BasicSignPostAllocator<B, Word>::deinit() noexcept {
  // A buffer may be gone by now.
  for (TreeChunk* chunk = base_ == nullptr ? nullptr : chunks_.newest(); chunk != nullptr;) {
    TreeChunk* const before = chunk->before;
    marks::give_up(chunk, address(chunk->end + Posts::size) - address(chunk));
    base_->free(chunk);
    chunk = before;
  }
  chunks_.clear();
  index_.clear();
  used_.set(0);
  base_ = nullptr;
  peak_ = capacity_ = bytes_per_chunk_ = alignment_ = least_segment_ = most_bytes_ = 0;
}

// A chunk is empty where its first segment is free and reaches to its end: free ones are never
// neighbours.
template <Backend B, class Word>
std::size_t BasicSignPostAllocator<B, Word>::shrink() noexcept {
  if (base_ == nullptr) return 0;
  std::size_t given_back = 0;
  const auto is_empty = [this](const TreeChunk* chunk) {
    const Word ahead = posts_.ahead(chunk->begin);
    if (!agrees_ahead(chunk, chunk->begin, ahead)) [[unlikely]]
      fail_near(chunk, chunk->begin, "shrink");
    return !Posts::is_used(ahead) && chunk->begin + Posts::bytes(ahead) == chunk->end;
  };
  chunks_.remove_if(is_empty, [&](TreeChunk* chunk) {
    const std::size_t segment = address(chunk->end) - address(chunk->begin);
    remove_free(chunk->begin, Index::class_of(segment));
    capacity_ -= segment - Posts::size;
    ++given_back;
    marks::give_up(chunk, address(chunk->end + Posts::size) - address(chunk));
    base_->free(chunk);
  });
  return given_back;
}

// The first byte behind the header of a chunk in memory where a piece may lie.
template <Backend B, class Word>
std::byte* BasicSignPostAllocator<B, Word>::first_piece(void* memory,
                                                        std::size_t aligned) noexcept {
  auto* const header =
      static_cast<std::byte*>(memory) + bytes_to_alignment(memory, alignof(TreeChunk));
  std::byte* const behind = header + chunk_overhead;
  return behind + bytes_to_alignment(behind, aligned);
}

template <Backend B, class Word>
bool BasicSignPostAllocator<B, Word>::holds_segment(void* memory, std::size_t bytes,
                                                    std::size_t aligned) noexcept {
  const std::size_t skip = address(first_piece(memory, aligned)) - address(memory);
  return bytes >= skip && bytes - skip >= align_up(minimum_segment, aligned);
}

// One free segment, as long as memory allows, between two posts that have nothing beyond them.
template <Backend B, class Word>
std::byte* BasicSignPostAllocator<B, Word>::start_chunk(void* memory, std::size_t bytes) noexcept {
  std::byte* const piece = first_piece(memory, alignment_);
  const std::size_t left = bytes - (address(piece) - address(memory));
  const std::size_t segment = left & ~(alignment_ - 1);
  std::byte* const post = post_of(piece);
  auto* const place =
      static_cast<std::byte*>(memory) + bytes_to_alignment(memory, alignof(TreeChunk));
  chunks_.insert(std::construct_at(reinterpret_cast<TreeChunk*>(place),
                                   TreeChunk{nullptr, nullptr, nullptr, post, post + segment}));
  posts_.set_back(post, Posts::used_arm(0));
  posts_.set_ahead(post + segment, Posts::used_arm(0));
  insert_free(post, segment);
  capacity_ += segment - Posts::size;
  return post;
}

// A new chunk's free segment, of at least so many bytes; null if the base refuses.
template <Backend B, class Word>
std::byte* BasicSignPostAllocator<B, Word>::grow(std::size_t segment) noexcept {
  if (base_ == nullptr) return nullptr;
  const std::size_t needed = size_add(align_up(chunk_overhead, alignment_), segment);
  const std::size_t bytes = std::max(needed, bytes_per_chunk_);
  if (bytes > Posts::most_distance) return nullptr;
  void* const memory = base_->alloc_aligned(bytes, alignment_);
  if (memory == nullptr) return nullptr;
  if (bytes_to_alignment(memory, alignment_) != 0 || !holds_segment(memory, bytes, alignment_)) {
    base_->free(memory);  // misaligned: not what was asked for
    return nullptr;
  }
  B::note(Event::grow);
  return start_chunk(memory, bytes);
}

}  // namespace poolproof
