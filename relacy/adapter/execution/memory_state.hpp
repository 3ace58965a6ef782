// MemoryState: what Relacy knows of the atomics, variables and mutexes of an execution, as far as
// it can still matter to an actor that is not done. Relacy's time stamps say who has done what
// before whom, and count on; a state must not depend on how far they have come. So of each clock
// (an actor's, or that of a store or mutex, which an acquire merges into an actor's) only this is
// kept: which marks it has reached. A mark is a moment that clocks are compared with: that a store
// was made or first seen by anybody, that a variable was last stored to, or read since. A clock
// that merges with another has reached what either has. STATES.md says why nothing else can matter.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "relacy/adapter/atomics/weak_memory.hpp"
#include "relacy/adapter/known_objects.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
// After relacy_context.hpp.
#include <relacy/var.hpp>

namespace poolproof {

template <rl::thread_id_t Actors>
class MemoryState {
 public:
  using Clock = const rl::timestamp_t*;

  // Of an actor that is not done.
  void add_actor(unsigned actor, const rl::thread_info_base& thread) noexcept {
    live_ |= 1U << actor;
    clocks_[size_++] = thread.acq_rel_order_;
    actors_[actor] = &thread;
    lives_ = size_;
  }
  // Behind all actors, where code may have fences: what an actor that is not done would acquire by
  // one, and what it has released by one; and what the last seq_cst one knew.
  void add_fences(const rl::thread_info<Actors>& thread) noexcept {
    clocks_[size_++] = thread.acquire_fence_order_;
    clocks_[size_++] = thread.release_fence_order_;
  }
  void add_global_fence(Clock clock) noexcept { clocks_[size_++] = clock; }

  // stale: how far back loads look; yields: may an actor yield? Then it counts which stores each
  // has seen. False: there is too much to be told.
  bool add_to(StateHash& hash, const KnownObjects& objects, unsigned stale, bool yields) {
    for (const KnownObject& object : objects.all()) {
      hash.add(reinterpret_cast<std::uintptr_t>(object.at));
      if (!object.constructed) continue;
      if (size_ + StoreList::most > most_clocks ||
          marks_size_ + StoreList::most + Actors > most_marks)
        return false;
      switch (object.kind) {
        case KnownObject::Kind::atomic:
          add_atomic(object, hash, stale, yields);
          break;
        case KnownObject::Kind::var:
          add_var(object, hash);
          break;
        case KnownObject::Kind::mutex:
          add_mutex(object, hash);
          break;
      }
    }
    for (unsigned i = 0; i != marks_size_; ++i) add_mark(marks_[i], hash);
    return !objects.overflowed();
  }

 private:
  static constexpr unsigned most_clocks = 256;
  static constexpr unsigned most_marks = 512;

  // A clock has reached it when it has come to any of the times.
  struct Mark {
    const rl::timestamp_t* times;
    unsigned first;  // thread whose time is the first
    unsigned count;
    Stamp made = never_seen;  // of a store: another one, of its maker
    unsigned by = 0;
  };

  template <class T>
  static T read(const std::byte* at) noexcept {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static bool reached(Clock clock, const Mark& mark) noexcept {
    if (clock[mark.by] >= mark.made) return true;
    for (unsigned i = 0; i != mark.count; ++i) {
      if (clock[mark.first + i] >= mark.times[i]) return true;
    }
    return false;
  }
  // By some actor that is not done.
  bool is_missed(const Mark& mark) const noexcept {
    for (unsigned i = 0; i != lives_; ++i) {
      if (!reached(clocks_[i], mark)) return true;
    }
    return false;
  }

  void add_atomic(const KnownObject& object, StateHash& hash, unsigned stale, bool yields) {
    const auto& atomic = *static_cast<const WeakAtomic*>(object.extra);
    const StoreList& stores = atomic.stores();
    const std::size_t bytes = object.layout.value_bytes;
    if (object.bytes == 0) hash.add(bytes);  // several may lie there
    hash.add(atomic.has_failed_spuriously() ? 1 : 0);
    bool visible = true;
    std::uint32_t may_look_back = ~0U;
    for (unsigned back = 0; back <= stale && visible; ++back) {
      if (back == stores.size() || stores.is_garbage(stores.size() - 1 - back)) {
        hash.add(2);
        break;
      }
      const StoreList::Store& store = stores.at(stores.size() - 1 - back);
      hash.add(reinterpret_cast<const std::byte*>(&store.value), bytes);
      hash.add(std::uint64_t{stores.age(stores.size() - 1 - back)} << 2 | (store.update ? 2 : 0) |
               (store.in_order ? 1 : 0));
      if (yields) hash.add(seen(store));
      clocks_[size_++] = store.released.data();
      if (back == stale) break;  // nobody asks how old it is
      marks_[marks_size_++] = {store.seen.data(), 0, Actors, store.made, store.by};
      const Mark& mark = marks_[marks_size_ - 1];
      // Can anybody look further back?
      visible = false;
      for (unsigned i = 0; i != lives_; ++i) {
        if ((may_look_back >> i & 1) == 0) continue;
        if (reached(clocks_[i], mark)) {
          may_look_back &= ~(1U << i);
        } else {
          visible = true;
        }
      }
    }
    hash.add(3);
  }
  // By whom: not, since it last yielded, or before.
  std::uint64_t seen(const StoreList::Store& store) const noexcept {
    std::uint64_t all = 0;
    for (unsigned actor = 0; actor != Actors; ++actor) {
      if ((live_ >> actor & 1) == 0) continue;
      const Stamp when = store.seen[actor];
      const unsigned how = when == never_seen ? 0 : when > actors_[actor]->last_yield_ ? 1 : 2;
      all |= std::uint64_t{how} << 2 * actor;
    }
    return all;
  }

  void add_var(const KnownObject& object, StateHash& hash) {
    hash.add(object.place, object.layout.value_bytes);
    const auto& data = static_cast<const rl::var_data_impl<Actors>&>(
        *read<const rl::var_data*>(object.place + object.layout.data));
    const VarUse& use = *static_cast<const VarUse*>(object.extra);
    // What all have reached can be no race any more; who made it does not matter then either.
    const auto add = [&](const rl::timestamp_t* times, unsigned actor, unsigned how) {
      const Mark mark{times + actor, actor, 1, never_seen, 0};
      if (!is_missed(mark)) return;
      hash.add(4 + 4 * actor + how);
      marks_[marks_size_++] = mark;
    };
    // What came before the actors is ordered before them.
    if (use.writer != 0) add(data.store_acq_rel_timestamp_, use.writer - 1, 0);
    for (unsigned actor = 0; actor != Actors; ++actor) {
      if ((use.readers >> (actor + 1) & 1) != 0) add(data.load_acq_rel_timestamp_, actor, 1);
    }
    hash.add(3);
  }

  void add_mutex(const KnownObject& object, StateHash& hash) {
    static_assert(MutexUse::most_threads >= Actors);
    const MutexUse& use = *static_cast<const MutexUse*>(object.extra);
    hash.add(use.holder);
    clocks_[size_++] = use.clock.data();
  }

  // Which clocks have reached it. What all actors have reached is over.
  void add_mark(const Mark& mark, StateHash& hash) const {
    if (!is_missed(mark)) {
      hash.add(5);
      return;
    }
    std::uint64_t bits = 0;
    for (unsigned i = 0; i != size_; ++i) {
      bits = bits << 1 | (reached(clocks_[i], mark) ? 1 : 0);
      if (i % 64 == 63) {
        hash.add(bits);
        bits = 0;
      }
    }
    hash.add(bits);
  }

  std::uint32_t live_ = 0;
  unsigned lives_ = 0;  // of the clocks, the actors'
  std::array<const rl::thread_info_base*, Actors> actors_{};
  std::array<Clock, most_clocks> clocks_;
  unsigned size_ = 0;
  std::array<Mark, most_marks> marks_;
  unsigned marks_size_ = 0;
};

}  // namespace poolproof
