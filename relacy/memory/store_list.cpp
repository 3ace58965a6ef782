#include "store_list.hpp"

#include <algorithm>

namespace poolproof {

namespace {

constexpr bool is_seq_cst(std::memory_order order) noexcept {
  return order == std::memory_order_seq_cst;
}
constexpr bool acquires(std::memory_order order) noexcept {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}
constexpr bool releases(std::memory_order order) noexcept {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         is_seq_cst(order);
}

void join(Stamp* clock, const Stamp* other, unsigned actors) noexcept {
  for (unsigned i = 0; i != actors; ++i) clock[i] = std::max(clock[i], other[i]);
}

}  // namespace

void StoreList::restart(Word value) noexcept {
  size_ = 1;
  stores_ = 0;
  garbage_ = false;
  order_[0] = 0;
  Store& store = slots_[0];
  store.value = value;
  store.released.fill(0);
  store.seen.fill(never_seen);
  store.made = 0;
  store.number = 0;
  store.by = 0;
  store.update = store.in_order = false;
}

void StoreList::begin(const ActorView& me, Word value) noexcept {
  restart(0);
  slots_[0].made = never_seen;
  garbage_ = true;
  put(me, 1, value, std::memory_order_relaxed);
  stores_ = slots_[1].number = 0;  // the first that counts
}

void StoreList::publish(const ActorView& me) noexcept {
  std::copy_n(me.heard, me.actors, slots_[order_[size_ - 1]].released.begin());
}

bool StoreList::has_heard(const Stamp* clock, const Store& store, unsigned actors) noexcept {
  if (clock[store.by] >= store.made) return true;
  for (unsigned i = 0; i != actors; ++i) {
    if (clock[i] >= store.seen[i]) return true;
  }
  return false;
}

// Coherence ([intro.races]/15 to 18): an access reads, or follows, no store that is older than one
// which was made or read by what happens before it.
unsigned StoreList::coherent(const ActorView& me) const noexcept {
  unsigned place = size_ - 1;
  while (place != 0 && !has_heard(me.heard, at(place), me.actors)) --place;
  return place;
}

// [atomics.order]/4: nor, if it is seq_cst, a store older than one that another seq_cst operation
// has made or read (4.1), or that was made or read by what happens before a seq_cst fence (4.2).
unsigned StoreList::in_order(const ActorView& me, Order order, unsigned lowest) const noexcept {
  if (!is_seq_cst(order)) return lowest;
  unsigned place = size_ - 1;
  while (place > lowest && !at(place).in_order && !has_heard(me.fences, at(place), me.actors)) {
    --place;
  }
  return place;
}

// Who has yielded since it saw the last store that it knows of reads a newer one, if there is one:
// so a loop that waits comes to its end.
unsigned StoreList::behind_yield(const ActorView& me, unsigned lowest) const noexcept {
  return !is_newest(lowest) && at(lowest).seen[me.actor] <= me.last_yield ? lowest + 1 : lowest;
}

void StoreList::add(Candidates& all, unsigned place, unsigned store) const noexcept {
  all.place[all.size] = static_cast<std::uint8_t>(place);
  all.age[all.size] = static_cast<std::uint8_t>(std::min<std::uint32_t>(age(store), 255));
  ++all.size;
}

StoreList::Candidates StoreList::for_load(const ActorView& me, Order order,
                                          unsigned back) const noexcept {
  const unsigned lowest = behind_yield(me, in_order(me, order, coherent(me)));
  Candidates all;
  for (unsigned i = 0; i <= back && lowest + i < size_; ++i) add(all, size_ - 1 - i, size_ - 1 - i);
  return all;
}

StoreList::Candidates StoreList::for_store(const ActorView& me, Order order,
                                           unsigned back) const noexcept {
  const unsigned lowest = in_order(me, order, coherent(me));
  Candidates all;
  for (unsigned i = 0; i <= back && lowest + i < size_; ++i) {
    if (may_follow(size_ - 1 - i)) add(all, size_ - i, size_ - 1 - i);
  }
  return all;
}

StoreList::Candidates StoreList::for_update(const ActorView& me, Order order,
                                            unsigned back) const noexcept {
  const unsigned lowest = in_order(me, order, coherent(me));
  Candidates all;
  for (unsigned i = 0; i <= back && lowest + i < size_; ++i) {
    if (may_follow(size_ - 1 - i)) add(all, size_ - 1 - i, size_ - 1 - i);
  }
  return all;
}

StoreList::Candidates StoreList::for_cas(const ActorView& me, Word expected, Order success,
                                         Order failure, unsigned back) const noexcept {
  const unsigned lowest = coherent(me);
  const unsigned to_succeed = behind_yield(me, in_order(me, success, lowest));
  const unsigned to_fail = behind_yield(me, in_order(me, failure, lowest));
  Candidates all;
  for (unsigned i = 0; i <= back && lowest + i < size_; ++i) {
    const unsigned place = size_ - 1 - i;
    const bool succeeds = value(place) == expected;
    if (succeeds ? place >= to_succeed && may_follow(place) : place >= to_fail) {
      add(all, place, place);
    }
  }
  return all;
}

void StoreList::read(const ActorView& me, unsigned place, Order order) noexcept {
  Store& store = slots_[order_[place]];
  const Stamp now = me.step();
  if (store.seen[me.actor] == never_seen) store.seen[me.actor] = now;
  join(acquires(order) ? me.heard : me.unfenced, store.released.data(), me.actors);
  store.in_order = store.in_order || is_seq_cst(order);
}

void StoreList::put(const ActorView& me, unsigned place, Word value, Order order,
                    bool update) noexcept {
  // [intro.races]/5: a release sequence goes on through read-modify-writes.
  Store::Clock sequence;
  if (update) std::copy_n(at(place - 1).released.begin(), me.actors, sequence.begin());
  std::uint8_t slot = static_cast<std::uint8_t>(size_);
  if (size_ == most) {  // the oldest gives way
    slot = order_[0];
    std::copy(order_.begin() + 1, order_.begin() + size_, order_.begin());
    --size_;
    --place;
    garbage_ = false;
  }
  std::copy_backward(order_.begin() + place, order_.begin() + size_, order_.begin() + size_ + 1);
  order_[place] = slot;
  ++size_;
  Store& store = slots_[slot];
  store.value = value;
  std::fill_n(store.seen.begin(), me.actors, never_seen);
  store.made = store.seen[me.actor] = me.step();
  std::copy_n(releases(order) ? me.heard : me.fenced, me.actors, store.released.begin());
  if (update) join(store.released.data(), sequence.data(), me.actors);
  store.number = ++stores_;
  store.by = static_cast<std::uint8_t>(me.actor);
  store.update = update;
  store.in_order = is_seq_cst(order);
}

// [atomics.order]/4.3 and 4.4: as if the actor had read the newest of them.
void StoreList::fence_in_order(const ActorView& me, Stamp now) noexcept {
  unsigned place = size_ - 1;
  while (place != 0 && !at(place).in_order && !has_heard(me.fences, at(place), me.actors)) --place;
  Store& store = slots_[order_[place]];
  const bool applies = store.in_order || has_heard(me.fences, store, me.actors);
  if (applies && store.seen[me.actor] == never_seen) store.seen[me.actor] = now;
}

}  // namespace poolproof
