// WeakMemory: Relacy's memory model for code that names its memory by addresses: atomics, fences,
// clocks and choices, of the actor that runs, whatever number of actors there is. All of it is
// called within an execution.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

using Stamp = std::uint64_t;

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

// Relacy's record of an atomic: which of its last three stores each actor may see. Stores are
// numbered 0 to 2, round and round; their values are the caller's.
class WeakAtomic {
 public:
  static constexpr unsigned stores = 3;

  // Bytes of memory for one, aligned to 64.
  static std::size_t bytes() noexcept;

  // memory: of that many bytes. Its store happens before everything.
  explicit WeakAtomic(void* memory) noexcept : memory_(memory) { newest_ = make(); }

  unsigned newest() const noexcept { return newest_; }
  // Everything is forgotten, as if the newest store had happened before everything.
  void restart() noexcept { newest_ = make(); }
  unsigned load(std::memory_order order) const;
  void load_newest(std::memory_order order) const;  // by a CAS that fails
  void store(std::memory_order order);
  // Returns whether there were stores that the actor has not seen.
  bool update(std::memory_order order);

 private:
  unsigned make() noexcept;

  void* memory_;
  unsigned newest_ = 0;
};

void weak_fence(std::memory_order order);
// Shall a weak CAS fail that could succeed? again: has it done so before, in this execution?
bool fails_spuriously(bool again);

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
