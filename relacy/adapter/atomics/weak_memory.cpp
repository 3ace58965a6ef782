#include "weak_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "relacy/adapter/actor_count.hpp"
#include "relacy/adapter/exploration.hpp"
#include "relacy/adapter/to_relacy.hpp"
#include "relacy/engine/strategy.hpp"
#include "relacy_stores.hpp"

// After context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>

namespace poolproof {

namespace {

rl::thread_info_base& me() noexcept { return *rl::ctx().threadx_; }

Stamp* fenced() noexcept {
  return with_actor_count([]<rl::thread_id_t N>() -> Stamp* {
    return static_cast<rl::thread_info<N>&>(me()).release_fence_order_;
  });
}

// What Relacy's mutexes and variables know of the actor that runs is what its atomics know.
ActorView view() noexcept {
  static_assert(std::is_same_v<rl::timestamp_t, Stamp>);
  return with_actor_count([]<rl::thread_id_t N>() {
    auto& thread = static_cast<rl::thread_info<N>&>(me());
    return ActorView{.actor = static_cast<unsigned>(thread.index_),
                     .actors = N,
                     .heard = thread.acq_rel_order_,
                     .unfenced = thread.acquire_fence_order_,
                     .fenced = thread.release_fence_order_,
                     .last_yield = thread.last_yield_,
                     .fences = Exploration::current->fences.data()};
  });
}

void join(Stamp* clock, const Stamp* other, unsigned actors) noexcept {
  for (unsigned i = 0; i != actors; ++i) clock[i] = std::max(clock[i], other[i]);
}

// How far behind the newest store an access may choose.
unsigned most_back() noexcept {
  return Exploration::current->limits.stale_reads == StaleReads::one ? 1 : StoreList::most - 1;
}

bool fails_spuriously(bool again) {
  Exploration& all = *Exploration::current;
  if (again && all.limits.stale_reads == StaleReads::one) return false;
  return !all.turns.newest() && all.choose(2, Choice::spurious) == 1;
}

[[gnu::cold]] void fail_uninitialized() {
  rl::ctx().fail_test("", rl::test_result_unitialized_access, rl::debug_info());
}

}  // namespace

Stamp ActorClock::next() noexcept { return me().own_acq_rel_order_ + 1; }
const Stamp* ActorClock::now() noexcept { return me().acq_rel_order_; }

const Stamp* ActorClock::unfenced() noexcept {
  return with_actor_count([]<rl::thread_id_t N>() -> const Stamp* {
    return static_cast<rl::thread_info<N>&>(me()).acquire_fence_order_;
  });
}

void SyncClock::release() noexcept {
  ++me().own_acq_rel_order_;
  const Stamp* const now = ActorClock::now();
  for (unsigned i = 0; i != actor_count(); ++i) clock_[i] = std::max(clock_[i], now[i]);
}
void SyncClock::acquire() const noexcept {
  ++me().own_acq_rel_order_;
  Stamp* const now = me().acq_rel_order_;
  for (unsigned i = 0; i != actor_count(); ++i) now[i] = std::max(now[i], clock_[i]);
}

void WeakAtomic::restart(Word value) noexcept {
  stores_.restart(value);
  failed_spuriously_ = false;
  if (by_relacy() != nullptr) relacy_->restart(value);
}
void WeakAtomic::begin(Word value) {
  if (by_relacy() != nullptr) {
    relacy_->begin(value);
    return stores_.set_newest(value);
  }
  stores_.begin(view(), value);
  list();
}

void WeakAtomic::list() {
  if (!std::exchange(listed_, true)) Exploration::current->add_stores(stores_);
}

void WeakAtomic::unlist() noexcept {
  if (std::exchange(listed_, false)) Exploration::current->remove_stores(stores_);
}

void WeakAtomic::publish() {
  if (relacy_ != nullptr) return relacy_->publish();
  view().step();
  stores_.publish(view());
}

// One of the candidates. A strategy is told where there is only one as well.
unsigned WeakAtomic::choose(const StoreList::Candidates& candidates) const {
  const unsigned index =
      Exploration::current->choose_store({candidates.age.data(), candidates.size});
  return candidates.place[index];
}
void WeakAtomic::read(unsigned place, std::memory_order order) {
  const ActorView me = view();
  if (stores_.misses_store(place)) Exploration::current->missed_stores |= 1U << me.actor;
  stores_.read(me, place, order);
}
WeakAtomic::Seen WeakAtomic::load(std::memory_order order) {
  if (relacy_ != nullptr) [[unlikely]]
    return load_by_relacy(order);
  const unsigned place = choose(stores_.for_load(view(), order, most_back()));
  if (stores_.is_garbage(place)) fail_uninitialized();
  const Seen seen{stores_.value(place), stores_.is_newest(place)};
  read(place, order);
  return seen;
}
void WeakAtomic::load_newest(std::memory_order order) {
  if (relacy_ != nullptr) {
    relacy_->load_newest(order);
    return;
  }
  stores_.read(view(), stores_.size() - 1, order);
}
void WeakAtomic::store_newest(Word value, std::memory_order order) {
  if (relacy_ != nullptr) [[unlikely]] {
    relacy_->store(value, order);
    return stores_.set_newest(value);
  }
  put(stores_.size(), value, order, false);
}
bool WeakAtomic::store(Word value, std::memory_order order) {
  if (relacy_ != nullptr) [[unlikely]] {
    store_newest(value, order);
    return true;
  }
  return put(choose(stores_.for_store(view(), order, most_back())), value, order, false);
}
unsigned WeakAtomic::choose_update(std::memory_order order) {
  const unsigned place = choose(stores_.for_update(view(), order, most_back()));
  if (stores_.is_garbage(place)) fail_uninitialized();
  return place;
}
WeakAtomic::Seen WeakAtomic::put_behind(unsigned place, Word value, std::memory_order order) {
  const Word old = stores_.value(place);
  const bool unseen = !stores_.has_seen(place, view().actor);
  read(place, order);
  return {old, put(place + 1, value, order, true), unseen};
}
// Returns whether that is the newest.
bool WeakAtomic::put(unsigned place, Word value, std::memory_order order, bool update) {
  const bool newest = place == stores_.size();
  list();
  stores_.put(view(), place, value, order, update);
  return newest;
}
WeakAtomic::Compared WeakAtomic::compare_exchange(Word expected, Word value,
                                                  std::memory_order success,
                                                  std::memory_order failure, bool weak) {
  if (relacy_ != nullptr) [[unlikely]]
    return compare_by_relacy(expected, value, success, failure, weak);
  const unsigned place = choose(stores_.for_cas(view(), expected, success, failure, most_back()));
  if (stores_.is_garbage(place)) fail_uninitialized();
  Compared result;
  result.value = stores_.value(place);
  result.newest = stores_.is_newest(place);
  const bool may_succeed = result.value == expected;
  result.spurious = may_succeed && weak && fails_spuriously(failed_spuriously_);
  result.succeeded = may_succeed && !result.spurious;
  failed_spuriously_ = failed_spuriously_ || result.spurious;
  if (result.succeeded) {
    static_cast<Seen&>(result) = put_behind(place, value, success);
  } else {
    read(place, failure);
  }
  return result;
}

// Relacy's memory, if that is asked for and an execution is in progress.
RelacyStores* WeakAtomic::by_relacy() {
  const bool asked = rl::is_ctx() && Exploration::current->limits.memory == Memory::relacy;
  if (asked && relacy_ == nullptr) relacy_ = &AllRelacyStores::all().take();
  return relacy_;
}
void WeakAtomic::set_newest(Word value) noexcept {
  stores_.set_newest(value);
  if (relacy_ != nullptr) relacy_->set_newest(value);
}
WeakAtomic::Seen WeakAtomic::load_by_relacy(std::memory_order order) {
  const RelacyStores::Read read = relacy_->load(order);
  if (read.garbage) fail_uninitialized();
  if (read.misses_store) {
    Exploration::current->missed_stores |= 1U << static_cast<unsigned>(me().index_);
  }
  return {read.value, read.newest};
}
WeakAtomic::Seen WeakAtomic::update_by_relacy(Word value, std::memory_order order) {
  const RelacyStores::Read old = relacy_->update(value, order);
  stores_.set_newest(value);
  return {old.value, true, old.unseen};
}
// As rl::atomic has it: it reads the newest store.
WeakAtomic::Compared WeakAtomic::compare_by_relacy(Word expected, Word value,
                                                   std::memory_order success,
                                                   std::memory_order failure, bool weak) {
  Compared result;
  result.value = newest();
  const bool may_succeed = result.value == expected;
  result.spurious = may_succeed && weak && fails_spuriously(failed_spuriously_);
  result.succeeded = may_succeed && !result.spurious;
  failed_spuriously_ = failed_spuriously_ || result.spurious;
  if (result.succeeded) {
    static_cast<Seen&>(result) = update_by_relacy(value, success);
  } else {
    relacy_->load_newest(failure);
  }
  return result;
}

void weak_fence(std::memory_order order) {
  using Order = std::memory_order;
  if (Exploration::current->limits.memory == Memory::relacy) {
    if (order != Order::relaxed) relacy_fence(order);
    return;
  }
  const ActorView me = view();
  const Stamp now = me.step();  // what was done so far comes before the fence
  if (order == Order::relaxed) return;
  if (order != Order::release) join(me.heard, me.unfenced, me.actors);
  if (order == Order::seq_cst) {
    Exploration& all = *Exploration::current;
    for (StoreList* const stores : all.several_stores) stores->fence_in_order(me, now);
    join(all.fences.data(), me.heard, me.actors);
  }
  if (order != Order::acquire && order != Order::consume) {
    std::copy_n(me.heard, me.actors, fenced());
  }
}

unsigned running_actor() noexcept {
  const Exploration& all = *Exploration::current;
  return all.alone || !rl::is_ctx() || rl::ctx().threadx_ == nullptr
             ? Strategy::nobody
             : static_cast<unsigned>(me().index_);
}

void model_step(const Access& access) {
  Exploration::current->step.next = access;
  rl::ctx().sched();
}
void model_yield() {
  Exploration::current->step.next = {Access::Kind::local, false, 0};
  rl::ctx().yield(1, rl::debug_info());
}
void model_wrote() noexcept { Exploration::current->step.wrote = true; }
void model_looked(unsigned effect) noexcept {
  Exploration::current->step.effects.reads |= 1ULL << effect;
}
void model_touched(unsigned effect) noexcept {
  Exploration::current->step.effects.writes |= 1ULL << effect;
}

void model_saw(std::uint32_t object, std::uint64_t value) noexcept {
  Exploration& all = *Exploration::current;
  all.waiting.read(all.creator, object, value, Where{});
}
void model_changed(std::uint32_t object) noexcept {
  Exploration& all = *Exploration::current;
  all.waiting.changed(all.creator, object);
}
void model_spins(const void* there, bool for_good) noexcept {
  Exploration& all = *Exploration::current;
  all.step.spun = true;
  if (!for_good) return;
  all.waiting.spins(all.creator);
  all.turns.spins(all.creator - 1, there);
}

}  // namespace poolproof
