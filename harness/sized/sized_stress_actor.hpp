// SizedStressActor: one thread's part in a scenario on an allocator of pieces of any size, with the
// oracles around every operation. See SizedActor for what a scenario may ask of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "allocators/sizes.hpp"
#include "harness/base/rng.hpp"
#include "harness/stress/actor_state.hpp"
#include "harness/stress/held_ring.hpp"
#include "harness/stress/pool_calls.hpp"
#include "piece_ledger.hpp"
#include "scenarios/scenario.hpp"
#include "sized_concepts.hpp"

namespace poolproof {

// A slot of the shared bucket, alone on its cache line.
struct alignas(64) PieceSlot {
  std::mutex mutex;
  Piece piece;
};

// What the actors of one run share, besides the pool; constant while they work.
struct SizedShape {
  std::uint32_t actors = 1;
  std::uint32_t unit = 16;        // bytes
  std::uint32_t most_bytes = 16;  // of one request
  std::uint32_t quota = 1;        // pieces
  std::uint32_t slots = 1;
  std::uint32_t in_hand = 1;  // pieces that an actor may have on their way in or out, at most
  PlaceRange places = {};     // that lie in the pool; empty: nobody knows
  PieceSlot* bucket = nullptr;
};

template <class Pool>
class SizedStressActor {
 public:
  SizedStressActor(std::uint32_t number, std::uint64_t seed, PieceLedger& ledger, ViolationLog& log,
                   ActorState& state, std::uint32_t most_held)
      : owner_(number + 1),
        rng_(seed, number),
        ledger_(ledger),
        log_(log),
        state_(state),
        calls_(rng_, state),
        held_(most_held) {}

  // For the next round, with nobody inside.
  void start_round(Pool& pool, const SizedShape& shape) noexcept {
    shape_ = shape;
    held_.clear();
    calls_.start_round(pool);
  }
  void end_handle() noexcept { calls_.end_handle(); }

  Piece alloc(std::uint32_t bytes) noexcept {
    return got(bytes, shape_.unit, [bytes](auto& pool) { return pool.alloc(bytes); });
  }
  Piece alloc_aligned(std::uint32_t bytes, std::uint32_t alignment) noexcept {
    if constexpr (AllocatesAligned<Pool>) {
      return got(bytes, alignment,
                 [=](auto& pool) { return pool.alloc_aligned(bytes, alignment); });
    } else {
      return alloc(bytes);
    }
  }
  void free(const Piece& piece) noexcept {
    ledger_.releasing(owner_, piece);
    state_.begin(ActorState::Doing::freeing);
    calls_.timed([&](auto& pool) { pool.free(piece.start); });
    state_.count_pair();
  }
  // At rest: the actor goes on resting in the eyes of the watchdog.
  void free_at_rest(const Piece& piece) noexcept {
    ledger_.releasing(owner_, piece);
    calls_.untimed([&](auto& pool) { pool.free(piece.start); });
    state_.count_pair();
  }

  std::uint32_t random(std::uint32_t n) noexcept { return rng_.below(n); }
  std::uint32_t any(std::uint32_t n) noexcept { return rng_.below(n); }
  void expect(bool ok, const char* oracle, const char* message) noexcept {
    if (!ok) [[unlikely]]
      log_.report(oracle, message);
  }

  std::uint32_t unit() const noexcept { return shape_.unit; }
  std::uint32_t most_bytes() const noexcept { return shape_.most_bytes; }
  std::uint32_t held() const noexcept { return held_.size(); }
  std::uint32_t quota() const noexcept { return shape_.quota; }
  void hold(const Piece& piece) noexcept { held_.hold(piece); }
  Piece take(std::uint32_t i) noexcept { return held_.take(i); }
  Piece take_oldest() noexcept { return held_.take_oldest(); }

  std::uint32_t bucket_slots() const noexcept { return shape_.slots; }
  Piece swap(std::uint32_t i, Piece piece) noexcept {
    if (piece) ledger_.passed(owner_, Ledger::bucket_owner, piece);
    PieceSlot& slot = shape_.bucket[i];
    {
      const std::lock_guard lock(slot.mutex);
      std::swap(slot.piece, piece);
    }
    if (piece) ledger_.passed(Ledger::bucket_owner, owner_, piece);
    return piece;
  }

  // At rest: gives back everything that this actor holds.
  void free_all() noexcept {
    while (held_.size() != 0) free_at_rest(take(held_.size() - 1));
  }

 private:
  template <class Call>
  Piece got(std::uint32_t bytes, std::size_t alignment, Call call) noexcept {
    state_.begin(ActorState::Doing::allocating);
    calls_.maybe_give_back();
    Piece piece{calls_.timed(call), bytes, whole_size(calls_.pool(), bytes, alignment)};
    if (!piece) [[unlikely]] {
      piece.start = look_into_exhaustion(bytes, alignment, call);
      if (!piece) return {};
    }
    if (address(piece.start) % alignment != 0) [[unlikely]]
      log_.report("alignment", "a piece is not aligned as it was asked for");
    ledger_.acquired(owner_, piece);
    return piece;
  }

  // The must-succeed oracle. Now and then an alloc that failed is repeated between two looks at all
  // stamps. Memory that nobody owned at either look was free for the whole call, but for what the
  // other actors had in their hands on the way in or out: a piece of each may lie in a hole that
  // seems free. So with one such hole more than there are of those, the alloc has to succeed.
  template <class Call>
  [[gnu::cold, gnu::noinline]] void* look_into_exhaustion(std::size_t bytes, std::size_t alignment,
                                                          Call call) noexcept {
    ++state_.exhaustions;
    if constexpr (TellsFit<Pool>) {
      if (shape_.places.empty() || rng_.below(16) != 0) return nullptr;
      before_.clear();
      const PlaceRange& places = shape_.places;
      for (std::size_t i = places.first; i != places.end; ++i) before_.push_back(ledger_.stamp(i));
      void* piece = calls_.untimed(call);
      if (piece != nullptr) return piece;
      const std::size_t holes = free_holes(bytes, alignment);
      if (holes > std::size_t{shape_.in_hand} * (shape_.actors - 1)) {
        log_.report("must_succeed", "alloc of " + std::to_string(bytes) +
                                        " bytes failed although " + std::to_string(holes) +
                                        " holes were large enough for the whole call");
      }
    }
    return nullptr;
  }
  // Large enough, and free since before_.
  std::size_t free_holes(std::size_t bytes, std::size_t alignment) const noexcept {
    std::size_t holes = 0;
    const auto is_free = [&](std::size_t i) {
      const std::uint32_t stamp = ledger_.stamp(i);
      return Ledger::owner_of(stamp) == 0 && stamp == before_[i - shape_.places.first];
    };
    for_free_runs(ledger_, shape_.places, is_free, [&](const void* begin, const void* end) {
      holes += calls_.pool().must_fit(begin, end, bytes, alignment) ? 1 : 0;
    });
    return holes;
  }

  const Ledger::Owner owner_;
  Rng rng_;
  PieceLedger& ledger_;
  ViolationLog& log_;
  ActorState& state_;
  PoolCalls<Pool> calls_;
  SizedShape shape_;
  HeldRing<Piece> held_;
  std::vector<std::uint32_t> before_;
};

}  // namespace poolproof
