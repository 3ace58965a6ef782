// StoreList: the stores to one atomic, in modification order, and what each of them publishes: so,
// which of them an access may read, and where among them a store may take its place.
//
// Actors take steps one after another. What comes out is all that C++20 allows (N4861,
// [intro.races], [atomics.order]) where no load reads from a store that comes after it, and the
// order S of seq_cst operations is the order of steps; modification order need not be. README.md
// has the rules, and why they are enough. Not thread-safe: it belongs to one execution.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace poolproof {

__extension__ typedef unsigned __int128 Word;

using Stamp = std::uint64_t;
constexpr Stamp never_seen = ~Stamp{0};

// What the actor that runs knows. A clock says how far each actor had come in what it has heard of.
struct ActorView {
  static constexpr unsigned most_actors = 16;

  unsigned actor = 0;
  unsigned actors = 0;
  Stamp* heard = nullptr;     // what happens before its next step; its own part counts its steps
  Stamp* unfenced = nullptr;  // what its relaxed loads have read, for a fence that acquires
  const Stamp* fenced = nullptr;  // what it had heard at its last fence that releases
  Stamp last_yield = 0;
  const Stamp* fences = nullptr;  // what happened before the seq_cst fences of all actors

  Stamp step() const noexcept { return ++heard[actor]; }
};

class StoreList {
 public:
  static constexpr unsigned most = 8;  // stores that are kept: the last in modification order

  struct Store {
    using Clock = std::array<Stamp, ActorView::most_actors>;

    Word value;
    Clock released;  // what who acquires it hears of
    Clock seen;      // since when each actor has seen it
    Stamp made;
    std::uint32_t number;  // among the stores to this atomic, as they were executed
    std::uint8_t by;
    bool update;    // by a read-modify-write: it comes directly behind the store that this has read
    bool in_order;  // a seq_cst operation has made or read it
  };

  // Places that an access has to choose from, the last in modification order first.
  struct Candidates {
    unsigned size = 0;
    std::array<std::uint8_t, most> place{};
    std::array<std::uint8_t, most> age{};  // how many stores were executed after the one there
  };

  // As if it had been there before everything.
  void restart(Word value) noexcept;
  // Made by the actor that runs; who has not heard of that may find garbage.
  void begin(const ActorView& me, Word value) noexcept;

  unsigned size() const noexcept { return size_; }
  const Store& at(unsigned place) const noexcept { return slots_[order_[place]]; }
  const Store& newest() const noexcept { return at(size_ - 1); }
  Word value(unsigned place) const noexcept { return at(place).value; }
  // Who acquires the newest store hears of all that the actor has heard of.
  void publish(const ActorView& me) noexcept;
  // How many stores were executed after that one.
  std::uint32_t age(unsigned place) const noexcept { return stores_ - at(place).number; }
  bool is_newest(unsigned place) const noexcept { return place + 1 == size_; }
  bool is_garbage(unsigned place) const noexcept { return garbage_ && place == 0; }
  // As plain memory has it.
  void set_newest(Word value) noexcept { slots_[order_[size_ - 1]].value = value; }
  // Is there a store by no read-modify-write behind it, that who reads there has not seen?
  bool misses_store(unsigned place) const noexcept {
    while (++place < size_) {
      if (!at(place).update) return true;
    }
    return false;
  }
  bool has_seen(unsigned place, unsigned actor) const noexcept {
    return at(place).seen[actor] != never_seen;
  }

  // back: how far behind the last one a candidate may be.
  Candidates for_load(const ActorView& me, std::memory_order order, unsigned back) const noexcept;
  // Places in front of which the new store may come, or size().
  Candidates for_store(const ActorView& me, std::memory_order order, unsigned back) const noexcept;
  // For a read-modify-write.
  Candidates for_update(const ActorView& me, std::memory_order order, unsigned back) const noexcept;
  // For a CAS that succeeds where it reads expected, and fails elsewhere.
  Candidates for_cas(const ActorView& me, Word expected, std::memory_order success,
                     std::memory_order failure, unsigned back) const noexcept;

  // The access, once a place is chosen. An update reads, and puts its store directly behind.
  void read(const ActorView& me, unsigned place, std::memory_order order) noexcept;
  void put(const ActorView& me, unsigned place, Word value, std::memory_order order,
           bool update = false) noexcept;

  // A seq_cst fence of the actor, at that stamp: what comes after it reads nothing that is older
  // than what came before it in S.
  void fence_in_order(const ActorView& me, Stamp now) noexcept;

  static bool has_heard(const Stamp* clock, const Store& store, unsigned actors) noexcept;

 private:
  using Order = std::memory_order;

  // The first place that the actor may read, as far as it has heard; and for a seq_cst operation.
  unsigned coherent(const ActorView& me) const noexcept;
  unsigned in_order(const ActorView& me, Order order, unsigned lowest) const noexcept;
  unsigned behind_yield(const ActorView& me, unsigned lowest) const noexcept;
  bool may_follow(unsigned place) const noexcept {
    return is_newest(place) || !at(place + 1).update;
  }
  void add(Candidates& all, unsigned place, unsigned store) const noexcept;

  unsigned size_ = 0;
  std::uint32_t stores_ = 0;  // so far
  bool garbage_ = false;      // the first of them stands for memory that holds nothing yet
  std::array<std::uint8_t, most> order_;
  std::array<Store, most> slots_;
};

}  // namespace poolproof
