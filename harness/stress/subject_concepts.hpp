// What a subject has to offer: one concept for each member, so that a compiler that refuses one
// names what is missing. A subject is an allocator that is no part of this project.
#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <span>

#include "allocators/allocator.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

// Its destructor may throw by its type, which std::constructible_from refuses; if it does throw,
// that is a crash.
template <class P, class... Arguments>
concept ConstructedFrom = requires(void* place, Arguments... arguments) {
  ::new (place) P(arguments...);
};
// Constructed on memory of the harness: blocks * block_size bytes, aligned to 64. Or it brings its
// own. It then has that many blocks, no more and no less; of a black box the number may be left
// out, when there is no bound.
template <class P>
concept SubjectOnMemory = ConstructedFrom<P, void*, std::size_t, std::size_t>;
template <class P>
concept SubjectWithMemory = ConstructedFrom<P, std::size_t, std::size_t>;
template <class P>
concept SubjectWithoutBound =
    ConstructedFrom<P, std::size_t> && !SubjectWithMemory<P> && !SubjectOnMemory<P>;
template <class P>
concept SubjectSetUp = SubjectOnMemory<P> || SubjectWithMemory<P>;

// A block, or nullptr when there is none; from any thread, like free.
template <class P>
concept SubjectAlloc = requires(P& pool) {
  { pool.alloc() } -> std::convertible_to<void*>;
};
// Takes back what alloc returned.
template <class P>
concept SubjectFree = requires(P& pool, void* block) {
  pool.free(block);
};
// Optional: an oracle of its own, asked at every rest, with nobody inside. What is wrong, in words
// that live as long as the program; nullptr if nothing is.
template <class P>
concept SubjectOracle = requires(const P& pool) {
  { pool.violation() } -> std::convertible_to<const char*>;
};

// Optional: template <class Visitor> void describe(Visitor& visit) const; names variables for the
// traces of the model check, and says how their values read:
//   visit("head", head_);
//   visit("head", head_, [](std::uint64_t word, auto& field) { field("index", word & 0xff); });
// field takes a name, which may be empty, and a number or a text, once for each part of the value.
// Only addresses may be taken; what the function captures has at most 32 bytes, that are copied.

// Optional: static constexpr bool may_fail = true; alloc may return nullptr although a block is
// free, as pools do that take a load at its word, which may be stale. Else the oracle must_succeed
// holds it to it; but it need not find a block that was freed by a plain store whose value it has
// not seen, unless it says may_fail = false.
template <class P>
concept SubjectMayFail = requires {
  requires P::may_fail;
};
template <class P>
concept SubjectMustSucceed = requires {
  requires !P::may_fail;
};

// Optional: static constexpr bool waits = true; alloc waits until a block is free. No actor then
// asks for a block while all of them are kept and everybody else waits already, and nothing is
// drained past what is there. Who waits in vain is a deadlock.
template <class P>
concept SubjectWaits = requires {
  requires P::waits;
};
// Optional: so many free blocks a thread may keep from the others, at most, until it has flushed or
// has ended. Without it every free block is one that any thread can have.
template <class P>
concept SubjectKeeps = requires(const P& pool) {
  { pool.most_kept() } -> std::convertible_to<std::size_t>;
};
// Optional: gives back what the calling thread keeps. Called by each thread before it ends, and by
// the one that checks at rest.
template <class P>
concept SubjectFlushes = requires(P& pool) {
  pool.flush();
};
// Optional: up to blocks.size() blocks in one call, and how many they are; and their frees.
template <class P>
concept SubjectAllocsMany = requires(P& pool, std::span<void*> blocks) {
  { pool.alloc_many(blocks) } -> std::convertible_to<std::size_t>;
};
template <class P>
concept SubjectFreesMany = requires(P& pool, std::span<void* const> blocks) {
  pool.free_many(blocks);
};
// Optional, beside alloc(): alloc(bytes), for up to as many as a block has.
template <class P>
concept SubjectTakesSizes = SubjectAlloc<P> && requires(P& pool, std::size_t bytes) {
  { pool.alloc(bytes) } -> std::convertible_to<void*>;
};
// Optional, beside memory of the harness: constructed on (Allocator& base, std::size_t
// blocks_per_chunk, std::size_t block_size), it gets chunks of that base, aligned to 64, as it
// needs them. Its destructor gives them back.
template <class P>
concept SubjectOverBase = ConstructedFrom<P, Allocator&, std::size_t, std::size_t>;

// Or an allocator of pieces of any size. It is constructed on memory of the harness, bytes of it,
// aligned to 64; or without arguments, and then it brings its own and has no bound.
template <class P>
concept SizedSubjectOnMemory = std::constructible_from<P, void*, std::size_t>;
template <class P>
concept SizedSubject = (SizedSubjectOnMemory<P> ||
                        std::default_initializable<P>)&&!SubjectAlloc<P> &&
                       SubjectFree<P> && requires(P & pool, std::size_t bytes) {
  { pool.alloc(bytes) } -> std::convertible_to<void*>;
};
// Optional, of these: void* alloc_aligned(std::size_t bytes, std::size_t alignment); and
// static constexpr bool coalesces = true: with everything freed, all of the memory can be had in
// pieces of any size again, as at first.
template <class P>
concept SubjectCoalesces = requires {
  requires P::coalesces;
};

template <class P>
concept AnySubject = (SubjectSetUp<P> || SubjectWithoutBound<P>)&&SubjectAlloc<P>&& SubjectFree<P>;

// What engines ask of a pool beyond that, ours or SubjectPool.
template <class Pool>
concept GrowsOverBase = requires(Pool& pool, Allocator& base, std::size_t n) {
  pool.init(base, n, n, n);
};
template <class Pool>
concept LiesAnywhere = requires {
  requires !Pool::on_memory;
};
template <class Pool>
concept MayFail = requires {
  requires Pool::may_fail;
};
template <class Pool>
concept MustSucceed = requires {
  requires Pool::must_succeed;
};
template <class Pool>
concept Waits = requires {
  requires Pool::waits;
};
// Does a thread keep blocks from the others, that only its end brings back?
template <class Pool>
concept KeepsToTheEnd = requires {
  requires Pool::keeps;
}
&&!requires(Pool & pool) { pool.flush(); };
// Is it a user's?
template <class Pool>
inline constexpr bool is_subject = requires {
  Pool::on_memory;
};
template <class Pool>
concept Unbounded = requires {
  requires !Pool::bounded;
};

// A scenario of one's own; its step is a template, and is looked at where it is used.
template <class S>
concept SubjectScenarioInfo = requires {
  { S::info } -> std::convertible_to<const ScenarioInfo&>;
};

// Says in the compiler's words what P lacks. True where nothing is.
template <class P, bool black_box>
constexpr bool check_subject() {
  static_assert(
      SizedSubject<P> || black_box || SubjectSetUp<P>,
      "SubjectSetUp: a subject has a public constructor (void* memory, std::size_t blocks, "
      "std::size_t block_size) or (std::size_t blocks, std::size_t block_size)");
  static_assert(
      SizedSubject<P> || !black_box || SubjectSetUp<P> || SubjectWithoutBound<P>,
      "SubjectSetUp: a black box has a public constructor (void* memory, std::size_t blocks, "
      "std::size_t block_size), (std::size_t blocks, std::size_t block_size), or without "
      "a bound (std::size_t block_size)");
  static_assert(SizedSubject<P> || SubjectAlloc<P>,
                "SubjectAlloc: a subject has a public member void* alloc(), or, for pieces of any "
                "size, void* alloc(std::size_t bytes)");
  static_assert(SubjectFree<P>,
                "SubjectFree: a subject has a public member void free(void* block)");
  return AnySubject<P> || SizedSubject<P>;
}

template <class S>
constexpr bool check_scenario() {
  static_assert(SubjectScenarioInfo<S>,
                "SubjectScenarioInfo: a scenario has a member static constexpr ScenarioInfo info");
  return SubjectScenarioInfo<S>;
}

}  // namespace poolproof
