// A scenario is a concurrent pattern, declared once and run by any engine on any allocator: what it
// is called and needs (info), and what one actor does in one step. The engine supplies the actors,
// calls step over and over, brings the run to rest now and then, and lets its oracles look.
//
// Steps take everything from the actor: blocks, random numbers, the shared bucket. So the engine
// sees every operation, the same seed gives the same choices, and a step needs no checks of its
// own.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poolproof {

enum class Family : std::uint8_t { block, linear, sized };

struct ScenarioInfo {
  std::string_view name;
  std::string_view summary;
  Family family = Family::block;
  bool uses_held = false;     // actors keep blocks from one step to the next, up to their quota
  bool uses_bucket = false;   // actors share a bucket
  bool uses_many = false;     // actors allocate and free several blocks in one call
  bool ends_threads = false;  // the threads of actors end now and then, and others go on
  bool ends_pools = false;    // at each rest the pool is ended and made anew; handles stay
  std::uint32_t in_hand = 1;  // blocks that a step may have at once beside those held
};

constexpr std::string_view name_of(Family family) {
  constexpr std::string_view names[] = {"block", "linear", "sized"};
  return names[static_cast<std::size_t>(family)];
}

// Scenarios, as one type.
template <class... Scenarios>
struct ScenarioList {};

// One thread's part in a scenario on a block allocator. Not shared between threads.
template <class A>
concept BlockActor = requires(A& me, void* block, std::uint32_t n, bool ok, const char* oracle,
                              const char* message) {
  // A block of the allocator under test, or nullptr when it has none. Checked by the oracles.
  { me.alloc() } -> std::same_as<void*>;
  // Gives back a block that this actor owns.
  me.free(block);
  // A number in [0, n), n at least 1.
  { me.random(n) } -> std::same_as<std::uint32_t>;
  // An oracle of the scenario's own: FAIL unless ok. oracle: one word; message: a sentence. Both
  // must live as long as the program.
  me.expect(ok, oracle, message);

  // The blocks that this actor keeps; at most quota of them, which is at least 1.
  { me.held() } -> std::same_as<std::uint32_t>;
  { me.quota() } -> std::same_as<std::uint32_t>;
  me.hold(block);
  // Removes and returns block i of held(): in the order of hold, unless one was taken out of the
  // middle, then the newest is in its place. take_oldest keeps the order.
  { me.take(n) } -> std::same_as<void*>;
  { me.take_oldest() } -> std::same_as<void*>;

  // The same in one call of the allocator: up to n blocks to keep, at most quota less held; and the
  // n newest of those that the actor keeps given back. n: at least 1.
  me.alloc_many(n);
  me.free_many(n);

  // The thread that this actor runs on may end with this step, as the engine chooses. Then another
  // goes on in its place, with the blocks that the actor keeps.
  me.may_end_thread();

  // The bucket that all actors share: bucket_slots slots (at least 1). swap puts block (or nullptr)
  // into a slot and returns what was there (or nullptr): ownership goes both ways.
  { me.bucket_slots() } -> std::same_as<std::uint32_t>;
  { me.swap(n, block) } -> std::same_as<void*>;
};

// A piece that was allocated with the size that was asked for; or none.
struct Piece {
  void* start = nullptr;
  std::uint32_t bytes = 0;
  std::uint32_t whole = 0;  // for the engine: bytes that are the owner's, at least those above

  explicit operator bool() const noexcept { return start != nullptr; }
};

// One thread's part in a scenario on an allocator of pieces of any size.
template <class A>
concept SizedActor = requires(A& me, Piece piece, std::uint32_t n, bool ok, const char* oracle,
                              const char* message) {
  // n bytes of the allocator under test, or none when it has no room for them; n: at least 1.
  // alloc_aligned: aligned to the second, a power of two. Checked by the oracles.
  { me.alloc(n) } -> std::same_as<Piece>;
  { me.alloc_aligned(n, n) } -> std::same_as<Piece>;
  // Gives back a piece that this actor owns.
  me.free(piece);
  { me.random(n) } -> std::same_as<std::uint32_t>;
  // A number in [0, n) whose choice a scenario does not depend on: the model check takes n - 1.
  { me.any(n) } -> std::same_as<std::uint32_t>;
  me.expect(ok, oracle, message);

  // Sizes in bytes: of the allocator's unit, and the most that one request should ask for, a power
  // of two times the unit.
  { me.unit() } -> std::same_as<std::uint32_t>;
  { me.most_bytes() } -> std::same_as<std::uint32_t>;

  // The pieces that this actor keeps, and the bucket that all share, as those of a BlockActor.
  { me.held() } -> std::same_as<std::uint32_t>;
  { me.quota() } -> std::same_as<std::uint32_t>;
  me.hold(piece);
  { me.take(n) } -> std::same_as<Piece>;
  { me.take_oldest() } -> std::same_as<Piece>;
  { me.bucket_slots() } -> std::same_as<std::uint32_t>;
  { me.swap(n, piece) } -> std::same_as<Piece>;
};

// One thread's part in a scenario on a linear allocator.
template <class A>
concept LinearActor = requires(A& me, std::uint32_t n) {
  // Carves n bytes; false when the allocator has no room for them. Checked by the oracles.
  // carve_aligned: aligned to the second, a power of two.
  { me.carve(n) } -> std::same_as<bool>;
  { me.carve_aligned(n, n) } -> std::same_as<bool>;
  // That every piece has.
  { me.alignment() } -> std::same_as<std::uint32_t>;
  { me.random(n) } -> std::same_as<std::uint32_t>;
  // The most bytes that one carve should ask for.
  { me.most_bytes() } -> std::same_as<std::uint32_t>;
  // Ends this actor's steps until all have come to rest and the allocator was reset.
  me.rest();
};

}  // namespace poolproof
