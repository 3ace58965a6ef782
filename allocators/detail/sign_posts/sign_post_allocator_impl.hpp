// Bodies of BasicSignPostAllocator: alloc and free. Included by sign_post_allocator.hpp.
#pragma once

#include <algorithm>

#include "../../sign_post_allocator.hpp"
#include "../memory_marks.hpp"

namespace poolproof {

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

}  // namespace poolproof
