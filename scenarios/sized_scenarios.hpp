// The scenarios for allocators of pieces of any size.
#pragma once

#include <bit>
#include <cstdint>

#include "scenario.hpp"

namespace poolproof {

// How many sizes there are between the unit and the most, each twice the one before.
template <SizedActor A>
std::uint32_t size_classes(const A& me) {
  return static_cast<std::uint32_t>(std::bit_width(me.most_bytes() / me.unit()));
}
// A size in bytes: each power of two is as likely as the others (log-uniform).
template <SizedActor A>
std::uint32_t log_uniform(A& me) {
  const std::uint32_t most = me.unit() << me.random(size_classes(me));
  const std::uint32_t least = most == me.unit() ? 1 : most / 2 + 1;
  return least + me.any(most - least + 1);
}

struct Sizes {
  static constexpr ScenarioInfo info{
      .name = "sizes",
      .summary = "flip a coin: allocate a piece of any size, or free a random own piece",
      .family = Family::sized,
      .uses_held = true};
  static constexpr unsigned kept_by_step = 1;  // pieces more than before, at most
  template <SizedActor A>
  static void step(A& me) {
    if (me.held() != me.quota() && (me.held() == 0 || me.random(2) == 0)) {
      if (const Piece piece = me.alloc(log_uniform(me))) me.hold(piece);
    } else {
      me.free(me.take(me.random(me.held())));
    }
  }
};

struct Classes {
  static constexpr ScenarioInfo info{
      .name = "classes",
      .summary = "allocate two sizes in turn, free all of one of them, ask for a third",
      .family = Family::sized,
      .uses_held = true};
  // The holes that the freed ones leave are too small for the third, unless one was freed beside
  // another.
  template <SizedActor A>
  static void step(A& me) {
    const std::uint32_t most = me.most_bytes();
    const std::uint32_t sizes[] = {most >= 4 * me.unit() ? most / 4 : me.unit(), me.unit()};
    std::uint32_t filled = 0;
    for (; me.held() != me.quota(); ++filled) {
      const Piece piece = me.alloc(sizes[filled % 2]);
      if (!piece) break;
      me.hold(piece);
    }
    const std::uint32_t freed = me.random(2);
    for (std::uint32_t n = me.held(), i = 0; i != n; ++i) {
      const Piece piece = me.take_oldest();
      if (i % 2 == freed) {
        me.free(piece);
      } else {
        me.hold(piece);
      }
    }
    if (const Piece piece = me.alloc(2 * sizes[0])) me.free(piece);
    while (me.held() != 0) me.free(me.take_oldest());
  }
};

struct Aligned {
  static constexpr ScenarioInfo info{.name = "aligned",
                                     .summary = "as sizes, each piece with an alignment of its own",
                                     .family = Family::sized,
                                     .uses_held = true};
  static constexpr unsigned kept_by_step = 1;  // pieces more than before, at most
  template <SizedActor A>
  static void step(A& me) {
    if (me.held() != me.quota() && (me.held() == 0 || me.random(2) == 0)) {
      const std::uint32_t bytes = log_uniform(me);
      const std::uint32_t alignment = me.unit() << me.random(size_classes(me));
      if (const Piece piece = me.alloc_aligned(bytes, alignment)) me.hold(piece);
    } else {
      me.free(me.take(me.random(me.held())));
    }
  }
};

struct GrowAndShrink {
  static constexpr ScenarioInfo info{
      .name = "grow_and_shrink",
      .summary = "double a piece until there is no room, as a vector does, then halve it",
      .family = Family::sized,
      .in_hand = 2};
  template <SizedActor A>
  static void step(A& me) {
    Piece piece = me.alloc(me.unit());
    if (!piece) return;
    while (piece.bytes < me.most_bytes() && change(me, piece, 2 * piece.bytes)) {
    }
    while (piece.bytes > me.unit() && change(me, piece, piece.bytes / 2)) {
    }
    me.free(piece);
  }

 private:
  template <SizedActor A>
  static bool change(A& me, Piece& piece, std::uint32_t bytes) {
    const Piece other = me.alloc(bytes);
    if (!other) return false;
    me.free(piece);
    piece = other;
    return true;
  }
};

struct Sweep {
  static constexpr ScenarioInfo info{
      .name = "sweep",
      .summary = "fill with pieces of one size; free them oldest, newest or any first",
      .family = Family::sized,
      .uses_held = true};
  template <SizedActor A>
  static void step(A& me) {
    const std::uint32_t bytes = log_uniform(me);
    while (me.held() != me.quota()) {
      const Piece piece = me.alloc(bytes);
      if (!piece) break;
      me.hold(piece);
    }
    const std::uint32_t order = me.random(3);
    while (me.held() != 0) {
      const std::uint32_t held = me.held();
      me.free(order == 0   ? me.take_oldest()
              : order == 1 ? me.take(held - 1)
                           : me.take(me.random(held)));
    }
  }
};

// The program by which Robson shows how much memory an allocator needs that never moves a piece
// (Journal of the ACM 18(3), 1971, and 21(3), 1974): pieces of one unit; then, for each greater
// power of two, all pieces are freed but those that lie over one place in each stretch of that
// size, so that no hole is large enough, and as many of the greater size are asked for as were
// freed.
struct Adversary {
  static constexpr ScenarioInfo info{
      .name = "adversary",
      .summary = "Robson's: free so that no hole is large enough for the next size",
      .family = Family::sized,
      .uses_held = true};
  template <SizedActor A>
  static void step(A& me) {
    std::uint32_t freed = me.quota() * me.unit();  // bytes
    std::uintptr_t place = 0;                      // in each stretch, in bytes
    for (std::uint32_t bytes = me.unit(); bytes <= me.most_bytes(); bytes *= 2) {
      if (bytes != me.unit()) {
        if (me.random(2) == 1) place += bytes / 2;
        freed = free_but(me, place, bytes);
      }
      for (; freed >= bytes && me.held() != me.quota(); freed -= bytes) {
        const Piece piece = me.alloc(bytes);
        if (!piece) break;
        me.hold(piece);
      }
    }
    while (me.held() != 0) me.free(me.take(me.held() - 1));
  }

 private:
  // Frees all that do not lie over place in a stretch of memory of that size. Returns their bytes.
  template <SizedActor A>
  static std::uint32_t free_but(A& me, std::uintptr_t place, std::uint32_t stretch) {
    std::uint32_t freed = 0;
    for (std::uint32_t n = me.held(); n != 0; --n) {
      const Piece piece = me.take_oldest();
      const auto start = reinterpret_cast<std::uintptr_t>(piece.start);
      const std::uintptr_t to_place = (place - start) & (stretch - 1);
      if (to_place < piece.bytes) {
        me.hold(piece);
      } else {
        freed += piece.bytes;
        me.free(piece);
      }
    }
    return freed;
  }
};

struct SizedBucket {
  static constexpr ScenarioInfo info{
      .name = "sized_bucket",
      .summary = "pieces of any size go through one bucket that all actors share",
      .family = Family::sized,
      .uses_bucket = true};
  template <SizedActor A>
  static void step(A& me) {
    const std::uint32_t slot = me.random(me.bucket_slots());
    const Piece piece = me.random(2) == 0 ? me.alloc(log_uniform(me)) : Piece{};
    if (const Piece previous = me.swap(slot, piece)) me.free(previous);
  }
};

struct SizedBatch {
  static constexpr ScenarioInfo info{
      .name = "sized_batch",
      .summary = "allocate a random number of any size, free a random number",
      .family = Family::sized,
      .uses_held = true};
  template <SizedActor A>
  static void step(A& me) {
    if (me.held() != me.quota()) {
      for (std::uint32_t n = 1 + me.random(me.quota() - me.held()); n != 0; --n) {
        const Piece piece = me.alloc(log_uniform(me));
        if (!piece) break;
        me.hold(piece);
      }
    }
    const std::uint32_t order = me.random(3);
    for (std::uint32_t n = me.random(me.held() + 1); n != 0; --n) {
      const std::uint32_t held = me.held();
      me.free(order == 0   ? me.take_oldest()
              : order == 1 ? me.take(held - 1)
                           : me.take(me.random(held)));
    }
  }
};

struct SizedMixed {
  static constexpr ScenarioInfo info{
      .name = "sized_mixed",
      .summary = "each actor works through a random assortment of the others",
      .family = Family::sized,
      .uses_held = true,
      .uses_bucket = true,
      .in_hand = 2};
  template <SizedActor A>
  static void step(A& me) {
    switch (me.random(8)) {
      case 0:
        return Classes::step(me);
      case 1:
        return GrowAndShrink::step(me);
      case 2:
        return Sweep::step(me);
      case 3:
        return Adversary::step(me);
      case 4:
        return SizedBatch::step(me);
      case 5:
        return repeat<Aligned>(me);
      case 6:
        return repeat<SizedBucket>(me);
      default:
        return repeat<Sizes>(me);
    }
  }

 private:
  template <class Scenario, SizedActor A>
  static void repeat(A& me) {
    for (std::uint32_t n = 1 + me.random(16); n != 0; --n) Scenario::step(me);
  }
};

// All of them, in the order in which they are shown.
using SizedScenarios = ScenarioList<Sizes, Classes, Aligned, GrowAndShrink, Sweep, Adversary,
                                    SizedBucket, SizedBatch, SizedMixed>;

}  // namespace poolproof
