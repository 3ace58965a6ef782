// What an actor is about to do, and what its last step did: for strategies that need to know which
// steps could as well have come in another order. A step is one access and everything that its
// actor does until it is about to make the next.
#pragma once

#include <cstdint>

namespace poolproof {

// The access that an actor stands before.
struct Access {
  static constexpr std::uint32_t most_objects = 17 * 320;

  enum class Kind : std::uint8_t {
    unknown,  // conflicts with everything
    local,    // none: the actor begins, or it goes on after a yield
    load,
    store,
    update,  // a read-modify-write, which may fail to write
    mutex,
  };
  Kind kind = Kind::unknown;
  bool seq_cst = false;
  std::uint32_t object = 0;  // below most_objects

  // A seq_cst fence of a program: in one order with all seq_cst accesses, whatever object they are
  // to.
  bool is_fence() const noexcept { return kind == Kind::mutex && seq_cst; }
  bool reads() const noexcept { return kind == Kind::load || kind == Kind::update; }
  bool is_to_object() const noexcept { return kind != Kind::unknown && kind != Kind::local; }
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

// A step that is over. Its access is the one that its actor stood before when the step began.
struct StepReport {
  Access next{};  // that the actor stands before now
  bool wrote = false;
  HiddenEffects effects{};
  // It was the last of a round of a loop that has changed nothing, not even the actor's own state:
  // until another changes something that the loop reads, all rounds are the same.
  bool spun = false;
};

}  // namespace poolproof
