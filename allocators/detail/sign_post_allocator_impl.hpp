// Bodies of BasicSignPostAllocator: set-up, alloc and free. Included by sign_post_allocator.hpp.
#pragma once

#include <algorithm>
#include <memory>

#include "../sign_post_allocator.hpp"
#include "memory_marks.hpp"

namespace poolproof {

// ---- Set-up ----

template <Backend B, class Word>
InitResult BasicSignPostAllocator<B, Word>::check_sizes(std::size_t bytes,
                                                        std::size_t alignment) const noexcept {
  if (valid()) return InitError::already_initialised;
  if (bytes == 0) return InitError::zero_size;
  if (!std::has_single_bit(alignment)) return InitError::bad_alignment;
  if (raised(alignment) > Posts::most_distance / 4) return InitError::overflow;
  if (bytes > Posts::most_distance) return InitError::too_large;
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

// ---- Segments ----

template <Backend B, class Word>
inline void BasicSignPostAllocator<B, Word>::set_segment(std::byte* post, std::size_t bytes,
                                                         Word arm) noexcept {
  posts_.set_ahead(post, arm);
  posts_.set_back(post + bytes, arm);
}

template <Backend B, class Word>
inline void BasicSignPostAllocator<B, Word>::insert_free(std::byte* post,
                                                         std::size_t bytes) noexcept {
  set_segment(post, bytes, Posts::free_arm(bytes));
  index_.insert(post, bytes);
}

template <Backend B, class Word>
inline void BasicSignPostAllocator<B, Word>::remove_free(std::byte* post,
                                                         std::size_t size_class) noexcept {
  if (!index_.remove(post, size_class)) [[unlikely]]
    fail_at_post("alloc or free", "the links in a free segment were written over", this,
                 post + Posts::size);
}

// How far behind the start of a free segment the post of a piece with this alignment stands: at 0,
// or so far that a free segment fits before it.
template <Backend B, class Word>
std::size_t BasicSignPostAllocator<B, Word>::front_for(const std::byte* segment,
                                                       std::size_t alignment) const noexcept {
  const std::byte* const piece = segment + Posts::size;
  if (bytes_to_alignment(piece, alignment) == 0) return 0;
  return least_segment_ + bytes_to_alignment(piece + least_segment_, alignment);
}

template <Backend B, class Word>
bool BasicSignPostAllocator<B, Word>::fits(const std::byte* segment, std::size_t bytes,
                                           std::size_t wanted,
                                           std::size_t alignment) const noexcept {
  return wanted <= bytes && front_for(segment, alignment) <= bytes - wanted;
}

// A piece of a free segment, front bytes behind its start; what is left over becomes free.
template <Backend B, class Word>
inline void* BasicSignPostAllocator<B, Word>::take(std::byte* post, std::size_t size_class,
                                                   std::size_t front, std::size_t wanted) noexcept {
  const TreeChunk* const chunk = chunks_.find(post);
  const Word ahead = posts_.ahead(post);
  std::size_t bytes = Posts::bytes(ahead);
  if (chunk == nullptr || Posts::is_used(ahead) || bytes < front + wanted ||
      !agrees_ahead(chunk, post, ahead) || !agrees_back(chunk, post)) [[unlikely]]
    fail_near(chunk, post, "alloc");
  remove_free(post, size_class);
  if (front != 0) [[unlikely]] {
    marks::open(post + front, minimum_segment);
    insert_free(post, front);
    post += front;
    bytes -= front;
  }
  if (bytes - wanted >= least_segment_) {
    marks::open(post + wanted, minimum_segment);
    insert_free(post + wanted, bytes - wanted);
    bytes = wanted;
  }
  set_segment(post, bytes, Posts::used_arm(bytes));
  const std::size_t used = used_.get() + bytes - Posts::size;
  used_.set(used);
  peak_ = std::max(peak_, used);
  return post + Posts::size;
}

// ---- alloc ----

template <Backend B, class Word>
inline std::size_t BasicSignPostAllocator<B, Word>::wanted(std::size_t byte_size) const noexcept {
  if (byte_size - 1 >= most_bytes_) [[unlikely]]
    return 0;  // also for 0 bytes, and without init
  const std::size_t bytes = (byte_size + Posts::size + alignment_ - 1) & ~(alignment_ - 1);
  return std::max(bytes, least_segment_);
}

// Where to look first: in the class of the size itself if its first segment will do, a better fit;
// else from the class on in which any will.
template <Backend B, class Word>
inline std::size_t BasicSignPostAllocator<B, Word>::best_class(std::size_t bytes) const noexcept {
  const std::size_t from = Index::class_from(bytes);
  const std::size_t own = Index::class_of(bytes);
  if (own == from) return from;
  const std::byte* const first = index_.first(own);
  return first != nullptr && Posts::bytes(posts_.ahead(first)) >= bytes ? own : from;
}

// bytes: of the segment, or 0.
template <Backend B, class Word>
inline void* BasicSignPostAllocator<B, Word>::alloc_segment(std::size_t bytes) noexcept {
  if (bytes == 0) [[unlikely]]
    return nullptr;
  const std::size_t found = index_.find(best_class(bytes));
  if (found == Index::none) [[unlikely]]
    return alloc_in_doubt(bytes, bytes, alignment_);
  return take(index_.first(found), found, 0, bytes);
}

template <Backend B, class Word>
inline void* BasicSignPostAllocator<B, Word>::alloc(std::size_t byte_size) noexcept {
  return alloc_segment(wanted(byte_size));
}

template <Backend B, class Word>
void* BasicSignPostAllocator<B, Word>::alloc_aligned(std::size_t byte_size,
                                                     std::size_t alignment) noexcept {
  if (!std::has_single_bit(alignment)) return nullptr;
  if (alignment <= alignment_) return alloc(byte_size);
  const std::size_t bytes = wanted(byte_size);
  if (bytes == 0) return nullptr;
  const std::size_t enough = size_add(bytes, size_add(least_segment_, alignment));
  const std::size_t found = index_.find(Index::class_from(enough));
  if (found == Index::none) return alloc_in_doubt(bytes, enough, alignment);
  std::byte* const segment = index_.first(found);
  return take(segment, found, front_for(segment, alignment), bytes);
}

// No segment has as many bytes as would be enough wherever it lies. So one by one those that may
// do; then the base.
template <Backend B, class Word>
void* BasicSignPostAllocator<B, Word>::alloc_in_doubt(std::size_t bytes, std::size_t enough,
                                                      std::size_t alignment) noexcept {
  const std::size_t end = Index::class_from(enough);
  for (std::size_t c = index_.find(Index::class_of(bytes)); c < end; c = index_.find(c + 1)) {
    for (std::byte* segment = index_.first(c); segment != nullptr; segment = Index::next(segment)) {
      if (fits(segment, Posts::bytes(posts_.ahead(segment)), bytes, alignment)) {
        return take(segment, c, front_for(segment, alignment), bytes);
      }
    }
  }
  std::byte* const fresh = grow(enough);
  if (fresh == nullptr) return nullptr;
  const std::size_t size_class = Index::class_of(Posts::bytes(posts_.ahead(fresh)));
  return take(fresh, size_class, front_for(fresh, alignment), bytes);
}

// ---- free ----

template <Backend B, class Word>
inline void BasicSignPostAllocator<B, Word>::free(void* piece) noexcept {
  if (piece == nullptr) return;
  std::byte* post = post_of(piece);
  const TreeChunk* const chunk = checked_chunk(post, "free");
  std::size_t bytes = Posts::bytes(posts_.ahead(post));
  used_.set(used_.get() - (bytes - Posts::size));
  std::byte* const next = post + bytes;
  if (const Word beyond = posts_.ahead(next); !Posts::is_used(beyond)) {
    if (!agrees_ahead(chunk, next, beyond)) [[unlikely]]
      fail_near(chunk, next, "free");
    remove_free(next, Index::class_of(Posts::bytes(beyond)));
    posts_.remove(next);
    bytes += Posts::bytes(beyond);
  }
  if (const Word back = posts_.back(post); !Posts::is_used(back)) {
    posts_.remove(post);
    post -= Posts::bytes(back);
    remove_free(post, Index::class_of(Posts::bytes(back)));
    bytes += Posts::bytes(back);
  }
  insert_free(post, bytes);
}

template <Backend B, class Word>
bool BasicSignPostAllocator<B, Word>::owns(const void* pointer) const noexcept {
  return chunks_.find(pointer) != nullptr;
}

// ---- Damage ----

// The chunk of a post that stands before a piece in use, and agrees with its neighbours.
template <Backend B, class Word>
inline const TreeChunk* BasicSignPostAllocator<B, Word>::checked_chunk(
    const std::byte* post, const char* call) const noexcept {
  const TreeChunk* const chunk = chunks_.find(post);
  if (chunk == nullptr || bytes_to_alignment(post + Posts::size, alignment_) != 0) [[unlikely]]
    fail_at_post(call, "not a piece of this pool", this, post + Posts::size);
  const Word ahead = posts_.ahead(post);
  if (!Posts::is_used(ahead) || !agrees_ahead(chunk, post, ahead) || !agrees_back(chunk, post))
      [[unlikely]]
    fail_near(chunk, post, call);
  return chunk;
}

// Does the post at the other end of the segment ahead agree?
template <Backend B, class Word>
inline bool BasicSignPostAllocator<B, Word>::agrees_ahead(const TreeChunk* chunk,
                                                          const std::byte* post,
                                                          Word ahead) const noexcept {
  const std::size_t bytes = Posts::bytes(ahead);
  return bytes <= address(chunk->end) - address(post) && posts_.back(post + bytes) == ahead;
}

// And that before it?
template <Backend B, class Word>
inline bool BasicSignPostAllocator<B, Word>::agrees_back(const TreeChunk* chunk,
                                                         const std::byte* post) const noexcept {
  const Word back = posts_.back(post);
  const std::size_t bytes = Posts::bytes(back);
  if (bytes == 0) [[unlikely]]
    return post == chunk->begin && back == Posts::used_arm(0);
  return bytes <= address(post) - address(chunk->begin) && posts_.ahead(post - bytes) == back;
}

// The post is damaged, or none. To say which, walks the chunk from its start to where that leads
// past the post, or to the first damage.
template <Backend B, class Word>
void BasicSignPostAllocator<B, Word>::fail_near(const TreeChunk* chunk, const std::byte* post,
                                                const char* call) const noexcept {
  const std::byte* const piece = post + Posts::size;
  if (chunk == nullptr) fail_at_post(call, "a list leads out of the pool", this, piece);
  if (posts_.back(post) == Posts::free_arm(0) && posts_.ahead(post) == Posts::free_arm(0)) {
    fail_at_post(call, "the piece is free already", this, piece);
  }
  for (const std::byte* at = chunk->begin; at <= post;) {
    const Word ahead = posts_.ahead(at);
    if (!agrees_ahead(chunk, at, ahead)) {
      const bool inside = Posts::bytes(ahead) <= address(chunk->end) - address(at);
      fail_at_post(call, "a sign post is damaged: written past the end of the piece before it?",
                   this, inside ? at + Posts::bytes(ahead) : at);
    }
    if (at == post) fail_at_post(call, "the piece is free already", this, piece);
    at += Posts::bytes(ahead);
  }
  fail_at_post(call, "no piece starts here", this, piece);
}

}  // namespace poolproof
