// How BasicSignPostAllocator finds damaged posts and wrong pointers. Included by
// sign_post_allocator.hpp.
#pragma once

#include "../../sign_post_allocator.hpp"

namespace poolproof {

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
