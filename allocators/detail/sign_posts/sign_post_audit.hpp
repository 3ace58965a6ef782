// What BasicSignPostAllocator answers of itself at rest. Included by sign_post_allocator.hpp.
#pragma once

#include <algorithm>

#include "../../sign_post_allocator.hpp"

namespace poolproof {

template <Backend B, class Word>
std::size_t BasicSignPostAllocator<B, Word>::largest_free() const noexcept {
  const std::size_t last = index_.last();
  if (last == Index::none) return 0;
  std::size_t most = 0;
  for (const std::byte* at = index_.first(last); at != nullptr; at = Index::next(at)) {
    most = std::max(most, Posts::bytes(posts_.ahead(at)));
  }
  return most - Posts::size;
}

template <Backend B, class Word>
const char* BasicSignPostAllocator<B, Word>::violation() const noexcept {
  std::size_t free_segments = 0;
  std::size_t used = 0;
  for (const TreeChunk* chunk = chunks_.newest(); chunk != nullptr; chunk = chunk->before) {
    if (chunks_.find(chunk->begin) != chunk) return "a chunk is not found by its address";
    if (const char* found = chunk_violation(chunk, free_segments, used)) return found;
  }
  if (used != used_.get()) return "used() is not what the used segments add up to";
  if (used > peak_) return "peak() is less than used()";
  return index_violation(free_segments);
}

// Adds what it finds to both counts.
template <Backend B, class Word>
const char* BasicSignPostAllocator<B, Word>::chunk_violation(const TreeChunk* chunk,
                                                             std::size_t& free_segments,
                                                             std::size_t& used) const noexcept {
  Word before = Posts::used_arm(0);
  for (const std::byte* at = chunk->begin; at != chunk->end;) {
    const Word ahead = posts_.ahead(at);
    const std::size_t bytes = Posts::bytes(ahead);
    if (posts_.back(at) != before) return "two posts do not agree on the segment between them";
    if (bytes > address(chunk->end) - address(at)) return "a segment leads out of its chunk";
    if (bytes < least_segment_) return "a segment is shorter than the smallest";
    if (bytes % alignment_ != 0) return "the length of a segment is no multiple of the alignment";
    if (Posts::is_used(ahead)) {
      used += bytes - Posts::size;
    } else {
      ++free_segments;
      if (!Posts::is_used(before)) return "two free segments stand side by side";
    }
    before = ahead;
    at += bytes;
  }
  if (posts_.back(chunk->end) != before) return "the last post does not agree with the one before";
  return posts_.ahead(chunk->end) == Posts::used_arm(0) ? nullptr : "the last post is damaged";
}

// free_segments: how many there are in all chunks. That many different ones are in the lists, all
// of them free: so each is in one.
template <Backend B, class Word>
const char* BasicSignPostAllocator<B, Word>::index_violation(
    std::size_t free_segments) const noexcept {
  for (std::size_t c = 0; c != Index::classes(); ++c) {
    if (!index_.agrees(c)) return "a bitmap does not say which lists are empty";
    if (const char* found = list_violation(c, free_segments)) return found;
  }
  return free_segments == 0 ? nullptr : "a free segment is in no list";
}

// left: how many listed segments are still to come. What links lead to the segment is checked, so
// none is in two lists, or twice in one.
template <Backend B, class Word>
const char* BasicSignPostAllocator<B, Word>::list_violation(std::size_t size_class,
                                                            std::size_t& left) const noexcept {
  const std::byte* before = nullptr;
  for (const std::byte* at = index_.first(size_class); at != nullptr; at = Index::next(at)) {
    if (left == 0) return "a list holds a segment twice, or one that is not free";
    --left;
    const TreeChunk* const chunk = chunks_.find(at);
    if (chunk == nullptr) return "a list leads out of the pool";
    if (!index_.linked_from(at, before, size_class)) return "the links of a list do not agree";
    const Word ahead = posts_.ahead(at);
    if (Posts::is_used(ahead) || !agrees_ahead(chunk, at, ahead) || !agrees_back(chunk, at)) {
      return "a list holds what is no free segment";
    }
    if (Index::class_of(Posts::bytes(ahead)) != size_class) return "a segment is in a wrong list";
    before = at;
  }
  return nullptr;
}

template <Backend B, class Word>
bool BasicSignPostAllocator<B, Word>::must_fit(const void* begin, const void* end,
                                               std::size_t byte_size,
                                               std::size_t alignment) const noexcept {
  const std::size_t bytes = wanted(byte_size);
  if (bytes == 0 || !std::has_single_bit(alignment)) return false;
  for (const TreeChunk* chunk = chunks_.newest(); chunk != nullptr; chunk = chunk->before) {
    if (address(begin) < address(chunk->end) && address(end) > address(chunk->begin)) {
      return must_fit_in(chunk, address(begin), address(end), bytes, alignment);
    }
  }
  return false;
}

// The free segment starts at the first post behind begin at the earliest. The piece before it may
// have been rounded up to the least segment, and may have a rest that was too small for one.
template <Backend B, class Word>
bool BasicSignPostAllocator<B, Word>::must_fit_in(const TreeChunk* chunk, std::uintptr_t begin,
                                                  std::uintptr_t end, std::size_t bytes,
                                                  std::size_t alignment) const noexcept {
  const std::byte* post = chunk->begin;
  std::size_t slack = 0;
  if (begin > address(post)) {
    const std::size_t behind = begin - address(post);
    post += align_up(behind, alignment_);
    slack = 2 * (least_segment_ - alignment_);
  }
  const std::uintptr_t stop = std::min(end - Posts::size, address(chunk->end));
  for (std::size_t more = 0; more <= slack; more += alignment_, post += alignment_) {
    if (address(post) > stop || !fits(post, stop - address(post), bytes, alignment)) return false;
  }
  return true;
}

}  // namespace poolproof
