// SignPostAllocator: pieces of any size out of a buffer, or out of chunks of a base, each behind a
// sign post that says how far it is to the posts before and behind it, and whether it is used.
//
// Use it where sizes differ and memory must come back piece by piece, with a bound on the time of
// each call; for one thread, LockedSignPostAllocator for more. Not for blocks of one size
// (BlockAllocator: faster, no posts, no fragmentation), nor for what dies together
// (LinearAllocator).
//
// State. A chunk is a row of segments; each starts with its post, and the piece lies behind it. A
// post lies behind the last segment too.
//
//   post | piece ....... | post | free ... links ... | post | piece | post
//
// Invariants, with no call under way:
//   (I1) The two posts of a segment agree on its length and state; lengths add up to the chunk.
//   (I2) No two free segments stand side by side.
//   (I3) A free segment is in the list of its class, once; nothing else is in any.
// Why they hold: an alloc takes a free segment, both of whose neighbours are used by (I2), off its
// list and cuts it: what is left over, in front (for alignment) and behind, becomes free beside the
// piece, which is used. A free takes free neighbours off their lists and inserts all as one.
// That is immediate coalescing by boundary tags (D. Knuth, The Art of Computer Programming 1, 2.5).
//
// Time. free: O(1), and over a base O(log chunks), to find the chunk. alloc: O(1) where the first
// segment of the size's own class will do, or a class of larger ones has any (SegmentIndex: good
// fit, TLSF). Only where neither is so, and before it asks the base or fails, it walks the own
// class, and alloc_aligned those above too, whose segments may or may not do. So it fails only if
// none fits.
//
// Inner fragmentation. Beside its bytes a piece takes: its post (8 bytes); what rounds both up to a
// multiple of alignment(); at least minimum_segment in all; and a rest that is too small for a free
// segment, less than minimum_segment. At the default alignment a piece of n bytes takes n + 8
// rounded up to 16, at least 32, and at most 16 more.
//
// Outer fragmentation. No allocator that does not move pieces is free of it. Let at most M units be
// in use at a time, and no piece be larger than n. With sizes that are powers of two, whatever the
// allocator does, a program can make it need M (1 + log2(n) / 2) - n + 1 units (n a power of two
// that divides M; J. Robson, "Bounds for some functions concerning dynamic storage allocation", J.
// ACM 21, 1974). First fit by address never needs more than about M log2(n), whereas best fit can
// be made to need about M n (J. Robson, "Worst case fragmentation of first fit and best
// fit storage allocation strategies", Computer Journal 20, 1977; Knuth 2.5, exercise 42). Good fit
// is best fit up to 1/32 of a size, so nothing better than for best fit is promised here. An
// example to keep in mind: 1024 and 512 bytes in turn until the pool is full, all of the 512 freed:
// a third is free, and 1024 cannot be had.
//
// Damage. A write past the end of a piece falls into the next post, which then contradicts the one
// before it. Each call compares the posts that it reads with their neighbours, in every build, and
// stops the program with a line that names pool and place; so it does for a pointer that is no
// piece's, and for one that is free already. SignPosts says why no bytes of a user pass for a post.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "allocator.hpp"
#include "detail/sign_posts/chunk_tree.hpp"
#include "detail/sign_posts/segment_index.hpp"
#include "detail/sign_posts/sign_post.hpp"
#include "sizes.hpp"
#include "std_backend.hpp"

namespace poolproof {

// Word: of an arm of a post. std::uint32_t: posts of 8 bytes, chunks below 4 GiB. std::uint64_t:
// posts of 16 bytes, chunks of any size.
template <Backend B, class Word = std::uint32_t>
class BasicSignPostAllocator final : public Allocator {
  using Posts = SignPosts<Word>;
  using Index = SegmentIndex<B, Word>;

 public:
  static constexpr std::size_t default_alignment = alignof(std::max_align_t);
  static constexpr std::size_t post_bytes = Posts::size;
  static constexpr std::size_t links_bytes = Index::links_size;  // that a free piece is used for
  static constexpr std::size_t minimum_segment = Posts::size + Index::links_size;  // bytes

  BasicSignPostAllocator() = default;
  // As init; valid() says whether it worked.
  BasicSignPostAllocator(void* buffer, std::size_t buffer_size,
                         std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, alignment));
  }
  BasicSignPostAllocator(Allocator& base, std::size_t bytes_per_chunk,
                         std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(base, bytes_per_chunk, alignment));
  }
  ~BasicSignPostAllocator() override { deinit(); }

  // Never leaves buffer, which is not owned; a misaligned one is used from its first aligned byte.
  // alignment: that of each piece, and what sizes are rounded to, in bytes; raised to 8.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept;

  // Grows by chunks of bytes_per_chunk bytes, or more for a piece that does not fit into one; asks
  // the base only when no free segment fits, so first for the first piece. base is not owned and
  // must outlive the chunks, which go back in deinit, and in shrink.
  InitResult init(Allocator& base, std::size_t bytes_per_chunk,
                  std::size_t alignment = default_alignment) noexcept;

  // Gives every chunk back to the base, once; all pieces are gone. Then alloc answers nullptr, and
  // init may be called again. Does nothing when not initialised.
  void deinit() noexcept;
  // Gives every chunk in which no piece is in use back to the base, and says how many they were; 0
  // over a buffer. O(log n) steps for each of n chunks.
  std::size_t shrink() noexcept;
  bool valid() const noexcept { return alignment_ != 0; }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override;
  // alignment: a power of two, else nullptr; below alignment() it changes nothing. A request that
  // fails changes nothing.
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override;
  // piece: from this pool, not freed since, or nullptr, which is ignored. Anything else, and damage
  // beside it, stops the program.
  void free(void* piece) noexcept override;

  bool owns(const void* pointer) const noexcept override;

  std::size_t alignment() const noexcept { return alignment_; }  // bytes, as raised
  // Bytes that one piece could have in each chunk, were it empty; summed over the chunks there are.
  std::size_t capacity() const noexcept { return capacity_; }
  // Bytes of the pieces handed out now, each with what it was rounded up by, without posts.
  std::size_t used() const noexcept { return used_.get(); }
  std::size_t peak() const noexcept { return peak_; }  // the most that used() has been since init
  // The largest byte_size that alloc could serve now without the base. Walks one class.
  std::size_t largest_free() const noexcept;
  // Bytes that a piece has room for: what it was rounded up to. Checks the piece as free does.
  std::size_t size_of(const void* piece) const noexcept {
    const std::byte* const post = post_of(piece);
    static_cast<void>(checked_chunk(post, "size_of"));
    return Posts::bytes(posts_.ahead(post)) - post_bytes;
  }

  // Walks everything, with the pool at rest: nullptr if all invariants hold, else what does not.
  const char* violation() const noexcept;

  // Would the memory [begin, end) serve this request for certain, if no piece lay in it? begin: the
  // end of the bytes that somebody asked for (or the start of the buffer); end: the next piece (or
  // the end of the buffer). Not certain is what the segment before may have been rounded up by.
  bool must_fit(const void* begin, const void* end, std::size_t byte_size,
                std::size_t alignment) const noexcept;

  // Bytes that hold so many pieces of this size, in any order, wherever the buffer lies;
  // size_overflow when they do not fit. alignment: that of init.
  static constexpr std::size_t buffer_bytes(std::size_t pieces, std::size_t byte_size,
                                            std::size_t alignment = default_alignment) noexcept {
    const std::size_t aligned = raised(alignment);
    const std::size_t segment = segment_bytes(byte_size, aligned);
    return size_add(size_mul(pieces, segment), size_add(chunk_overhead, aligned - 1));
  }

  // For tools that show the variables: takes addresses only, and touches no variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("used", used_);
    index_.describe(visit);
  }

 private:
  template <Backend, class>
  friend class LockedSignPostAllocator;  // does what it can before it locks

  // In front of the first piece of a chunk.
  static constexpr std::size_t chunk_overhead = sizeof(TreeChunk) + Posts::size;

  static constexpr std::size_t raised(std::size_t alignment) noexcept {
    return alignment < alignof(TreeChunk) ? alignof(TreeChunk) : alignment;
  }
  static constexpr std::size_t segment_bytes(std::size_t byte_size, std::size_t aligned) noexcept {
    const std::size_t bytes = size_add(byte_size, Posts::size);
    const std::size_t least = bytes < minimum_segment ? minimum_segment : bytes;
    return least == size_overflow ? least : align_up(least, aligned);
  }
  static std::byte* post_of(void* piece) noexcept {
    return static_cast<std::byte*>(piece) - Posts::size;
  }
  static const std::byte* post_of(const void* piece) noexcept {
    return static_cast<const std::byte*>(piece) - Posts::size;
  }

  InitResult check_sizes(std::size_t bytes, std::size_t alignment) const noexcept;
  void set_up(std::size_t alignment) noexcept;
  static std::byte* first_piece(void* memory, std::size_t aligned) noexcept;
  static bool holds_segment(void* memory, std::size_t bytes, std::size_t aligned) noexcept;
  std::byte* start_chunk(void* memory, std::size_t bytes) noexcept;
  std::byte* grow(std::size_t segment) noexcept;

  // The bytes of a segment for a piece; 0 if that is no size to ask for.
  std::size_t wanted(std::size_t byte_size) const noexcept;
  std::size_t best_class(std::size_t bytes) const noexcept;
  void* alloc_segment(std::size_t bytes) noexcept;
  void set_segment(std::byte* post, std::size_t bytes, Word arm) noexcept;
  void insert_free(std::byte* post, std::size_t bytes) noexcept;
  void remove_free(std::byte* post, std::size_t size_class) noexcept;
  std::size_t front_for(const std::byte* segment, std::size_t alignment) const noexcept;
  bool fits(const std::byte* segment, std::size_t bytes, std::size_t wanted,
            std::size_t alignment) const noexcept;
  void* take(std::byte* post, std::size_t size_class, std::size_t front,
             std::size_t wanted) noexcept;
  void* alloc_in_doubt(std::size_t bytes, std::size_t enough, std::size_t alignment) noexcept;

  const TreeChunk* checked_chunk(const std::byte* post, const char* call) const noexcept;
  bool agrees_ahead(const TreeChunk* chunk, const std::byte* post, Word ahead) const noexcept;
  bool agrees_back(const TreeChunk* chunk, const std::byte* post) const noexcept;
  [[noreturn, gnu::cold, gnu::noinline]] void fail_near(const TreeChunk* chunk,
                                                        const std::byte* post,
                                                        const char* call) const noexcept;

  bool must_fit_in(const TreeChunk* chunk, std::uintptr_t begin, std::uintptr_t end,
                   std::size_t bytes, std::size_t alignment) const noexcept;
  const char* chunk_violation(const TreeChunk* chunk, std::size_t& free_segments,
                              std::size_t& used) const noexcept;
  const char* index_violation(std::size_t free_segments) const noexcept;
  const char* list_violation(std::size_t size_class, std::size_t& left) const noexcept;

  Posts posts_;
  std::size_t alignment_ = 0;
  std::size_t least_segment_ = 0;  // minimum_segment as a multiple of the alignment
  std::size_t most_bytes_ = 0;     // that a piece can have
  ChunkTree chunks_;
  typename B::template var<std::size_t> used_;
  std::size_t peak_ = 0;
  std::size_t capacity_ = 0;
  Allocator* base_ = nullptr;
  std::size_t bytes_per_chunk_ = 0;
  std::uint64_t lives_ = 0;  // how often init has succeeded
  Index index_;
};

using SignPostAllocator = BasicSignPostAllocator<StdBackend>;
using WideSignPostAllocator = BasicSignPostAllocator<StdBackend, std::uint64_t>;

}  // namespace poolproof

#include "detail/sign_posts/sign_post_allocator_impl.hpp"
#include "detail/sign_posts/sign_post_audit.hpp"
#include "detail/sign_posts/sign_post_checks.hpp"
#include "detail/sign_posts/sign_post_set_up.hpp"
