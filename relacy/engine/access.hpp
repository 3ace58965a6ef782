// What actors are about to do and what came of it: told by the backend and by the models' oracles
// while an execution runs, for strategies that need to know which steps could as well have come in
// another order. A step is one access and all that its actor does until it is about to make the
// next.
#pragma once

#include <array>
#include <cstdint>

namespace poolproof {

// The access that an actor stands before.
struct Access {
  enum class Kind : std::uint8_t {
    unknown,  // conflicts with everything
    local,    // none: it begins, or it goes on after a yield
    load,
    store,
    update,  // a read-modify-write: it sees the newest store, and may fail to write
    mutex,
  };
  Kind kind = Kind::unknown;
  bool seq_cst = false;
  std::uint32_t object = 0;
};

// What a step did beside its access. Each bit stands for a part of what actors share without the
// engine's knowledge, such as an oracle's books: read; written; or added to, where only the sum
// matters and is read.
struct HiddenEffects {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t adds = 0;

  bool any() const noexcept { return (reads | writes | adds) != 0; }
  bool conflicts(const HiddenEffects& other) const noexcept {
    return (writes & (other.reads | other.writes | other.adds)) != 0 ||
           (other.writes & (reads | adds)) != 0 || (reads & other.adds) != 0 ||
           (adds & other.reads) != 0;
  }
  HiddenEffects& operator|=(const HiddenEffects& other) noexcept {
    reads |= other.reads;
    writes |= other.writes;
    adds |= other.adds;
    return *this;
  }
};

struct ActorRegisters;

// Of the execution in progress; there is one at a time.
struct Announced {
  static constexpr std::uint32_t objects_each = 1024;  // that one creator may have
  static constexpr std::uint32_t most_objects = 5 * objects_each;

  static inline Access next;            // of the actor that runs; unknown until it is announced
  static inline bool wrote;             // in this step
  static inline HiddenEffects touched;  // in this step
  static inline bool last_wrote;        // the same, of the last step of the actors
  static inline HiddenEffects last_touched;
  // Where the actor that runs leaves its registers when it announces an access; null: nowhere.
  static inline ActorRegisters* registers;
  static inline unsigned creator;  // 0: before or after the actors; else the actor that runs + 1
  static inline std::array<std::uint32_t, 5> created;

  // The name of an atomic or mutex that is being constructed: who makes it, and how many that one
  // has made. So it does not depend on the order of steps that do not conflict.
  static std::uint32_t new_object() noexcept {
    return creator * objects_each + created[creator]++ % objects_each;
  }
  static void begin_execution() noexcept {
    next = {};
    begin_step(0);
    created = {};
  }
  static void end_actors() noexcept {
    last_wrote = wrote;
    last_touched = touched;
    begin_step(0);
  }
  static void begin_step(unsigned by) noexcept {
    creator = by;
    wrote = false;
    touched = {};
    registers = nullptr;
  }
};

// For oracles and models, within an execution: what they read and write of what all actors share.
inline void model_reads(unsigned bit) noexcept { Announced::touched.reads |= 1ULL << bit; }
inline void model_writes(unsigned bit) noexcept { Announced::touched.writes |= 1ULL << bit; }
inline void model_adds(unsigned bit) noexcept { Announced::touched.adds |= 1ULL << bit; }

}  // namespace poolproof
