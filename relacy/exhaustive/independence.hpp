// Independence: what the memory model makes of the steps of one execution. Which of them commute,
// and which stores a load may read: for our memory, and for Relacy's. The search asks these
// questions and knows nothing else of memory.
#pragma once

#include <algorithm>
#include <cstdint>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/memory/store_list.hpp"
#include "store_versions.hpp"

namespace poolproof {

// A step, and everything that it did in the executions in which it was tried at one place.
struct TriedStep {
  bool wrote = false;
  Access access{};
  std::int64_t newest = 0;  // store of its object; a read was tried with that and all older ones
  HiddenEffects effects{};
};

// The store that an access has read, or has come behind.
struct ReadStore {
  unsigned stale = 0;     // how far it is behind the newest one, in modification order
  unsigned age = 0;       // how many stores were executed after it
  bool spurious = false;  // a CAS has failed that could have succeeded
};

// The step that was taken last.
struct LastStep {
  unsigned by = Strategy::nobody;
  ReadStore store{};
  TriedStep step{};

  std::int64_t read() const noexcept { return step.newest - store.age; }
};

// Do a seq_cst fence and another seq_cst operation meet? The fence sees what such stores and loads
// before it have seen, and is seen by such loads behind it.
inline bool are_fenced(const Access& one, const Access& other) noexcept {
  return one.seq_cst && other.seq_cst && (one.is_fence() || other.is_fence());
}

class Independence {
 public:
  static constexpr unsigned most_actors = StoreVersions::actors;

  Independence(StaleReads stale_reads, Memory memory) noexcept
      : most_stale_(stale_reads == StaleReads::one ? 1 : StoreList::most - 1), memory_(memory) {}

  // Before each execution.
  void clear() noexcept { versions_.clear(); }
  // read: which store its access has chosen.
  LastStep finish(unsigned actor, const Access& access, const ReadStore& read,
                  const StepReport& report);
  void yield(unsigned actor) noexcept { versions_.yield(actor); }

  // Does everything that comes after last, with tried somewhere in it, come out the same if tried
  // is taken before last? README.md says why.
  bool independent(const TriedStep& tried, const LastStep& last) const noexcept;

  // May a load that has looked so far back look further?
  bool may_read_older(unsigned stale) const noexcept { return stale != most_stale_; }
  // How many stores an access may read, at most; what reads none counts as if it read them all.
  unsigned most_stores() const noexcept { return most_stale_ + 1; }
  // How many of them, counted from the newest, tried was not tried with.
  unsigned untried_stores(const TriedStep& tried) const noexcept {
    if (!tried.access.reads()) return 0;
    const std::int64_t newer = versions_.newest(tried.access.object) - tried.newest;
    return static_cast<unsigned>(std::min<std::int64_t>(newer, most_stores()));
  }
  bool was_tried(const TriedStep& tried, unsigned age) const noexcept {
    return versions_.newest(tried.access.object) - age <= tried.newest;
  }
  // tried counts as not tried with that many of the newest stores.
  void forget_newest(TriedStep& tried, unsigned stores) const noexcept {
    tried.newest = versions_.newest(tried.access.object) - stores;
  }

  std::int64_t newest(std::uint32_t object) const noexcept { return versions_.newest(object); }
  std::uint32_t yields(unsigned actor) const noexcept { return versions_.yields(actor); }
  // Has no other actor stored to anything that actor had read, since it last yielded?
  bool waits_in_vain(unsigned actor) const noexcept { return versions_.waits_in_vain(actor); }
  // Adds what waits_in_vain(actor) will depend on.
  void add_state(StateHash& state, unsigned actor) const { versions_.add_state(state, actor); }

 private:
  const unsigned most_stale_;
  const Memory memory_;
  StoreVersions versions_;
};

}  // namespace poolproof
