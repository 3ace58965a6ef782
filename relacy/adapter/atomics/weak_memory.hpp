// WeakMemory: atomics, fences, clocks and choices of the actor that runs, whatever number of actors
// there is. All of it is called within an execution.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/memory/store_list.hpp"

namespace poolproof {

class RelacyStores;

// When each actor has done what happened before; an actor's own part counts what it does.
class ActorClock {
 public:
  // Has the actor that runs heard of what that actor did then?
  static bool has_heard(unsigned actor, Stamp when) noexcept { return now()[actor] >= when; }
  // When what the running actor does now is done: later than all that others have heard of.
  static Stamp next() noexcept;
  static const Stamp* now() noexcept;
  // Of what its relaxed loads have read: what a fence that acquires would let it hear of.
  static const Stamp* unfenced() noexcept;
};

// What whoever acquires it will have heard of: of a mutex, a thread's end, a freed block.
class SyncClock {
 public:
  void clear() noexcept { clock_.fill(0); }
  void release() noexcept;
  void acquire() const noexcept;

 private:
  std::array<Stamp, ModelTest::most_actors> clock_{};
};

// An atomic: the values that it has had, and which of them each actor may see. An access makes the
// choices that there are. Its steps are the caller's to announce. Under Relacy's memory (see
// Limits::memory) it asks Relacy, and keeps the newest value alone.
class WeakAtomic {
 public:
  // What an access has read. newest: is that, or what it has stored, the last in modification
  // order?
  struct Seen {
    Word value = 0;
    bool newest = true;
    bool unseen = false;  // an update: its actor had not seen this store before
  };
  struct Compared : Seen {
    bool succeeded = false;
    bool spurious = false;
  };

  // As if the value had been there before everything.
  explicit WeakAtomic(Word value = 0) noexcept { restart(value); }

  // Another one, in another execution.
  void renew(Word value) noexcept {
    relacy_ = nullptr;
    listed_ = false;
    restart(value);
  }
  // All that there was is forgotten.
  void restart(Word value) noexcept;
  // The actor that runs makes it anew: others must have heard of that.
  void begin(Word value);
  // Fences need it no more.
  void unlist() noexcept;

  Word newest() const noexcept { return stores_.newest().value; }
  // Who acquires the newest store hears of what the actor that runs has heard of.
  void publish();
  void set_newest(Word value) noexcept;
  Seen load(std::memory_order order);
  void load_newest(std::memory_order order);
  // Not for an access that a step stands before: these choose their place.
  void store_newest(Word value, std::memory_order order);
  // Returns whether the store is the newest.
  bool store(Word value, std::memory_order order);
  // change: what becomes of the value that is read.
  template <class Change>
  Seen update(std::memory_order order, Change change) {
    if (relacy_ != nullptr) [[unlikely]]
      return update_by_relacy(change(newest()), order);
    const unsigned place = choose_update(order);
    return put_behind(place, change(stores_.value(place)), order);
  }
  Compared compare_exchange(Word expected, Word value, std::memory_order success,
                            std::memory_order failure, bool weak);

  const StoreList& stores() const noexcept { return stores_; }
  bool has_failed_spuriously() const noexcept { return failed_spuriously_; }

 private:
  void list();
  RelacyStores* by_relacy();
  Seen load_by_relacy(std::memory_order order);
  Seen update_by_relacy(Word value, std::memory_order order);
  Compared compare_by_relacy(Word expected, Word value, std::memory_order success,
                             std::memory_order failure, bool weak);
  unsigned choose_update(std::memory_order order);
  Seen put_behind(unsigned place, Word value, std::memory_order order);
  unsigned choose(const StoreList::Candidates& candidates) const;
  void read(unsigned place, std::memory_order order);
  bool put(unsigned place, Word value, std::memory_order order, bool update);

  StoreList stores_;
  RelacyStores* relacy_ = nullptr;  // null: our own memory
  bool failed_spuriously_ = false;
  bool listed_ = false;  // among those that fences look at
};

void weak_fence(std::memory_order order);

// The actor that runs, or Strategy::nobody before and after the actors.
unsigned running_actor() noexcept;
// A scheduling point: others may move before the access that is told.
void model_step(const Access& access);
void model_yield();
// The step that began there has stored; it read, or changed, what stands for that among hidden
// effects.
void model_wrote() noexcept;
void model_looked(unsigned effect) noexcept;
void model_touched(unsigned effect) noexcept;
// For waiting loops: it has read a value that others may change, or changed one.
void model_saw(std::uint32_t object, std::uint64_t value) noexcept;
void model_changed(std::uint32_t object) noexcept;
// It stands there as it has stood before, and has changed nothing since. for_good: until another
// has changed what it reads, it will do the same.
void model_spins(const void* there, bool for_good) noexcept;

}  // namespace poolproof
