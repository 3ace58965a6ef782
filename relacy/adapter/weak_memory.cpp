#include "weak_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "actor_count.hpp"
#include "exploration.hpp"
#include "relacy/engine/strategy.hpp"
#include "store_records.hpp"
#include "to_relacy.hpp"

// After context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>

namespace poolproof {

namespace {

rl::thread_info_base& me() noexcept { return *rl::ctx().threadx_; }
rl::atomic_data* data(void* memory) noexcept { return static_cast<rl::atomic_data*>(memory); }

// A store that all have heard of and nobody needs to acquire.
template <rl::thread_id_t Actors>
unsigned make_atomic(void* memory) {
  auto* const atomic = new (memory) rl::atomic_data_impl<Actors>();
  const unsigned store = me().atomic_store_relaxed(atomic);
  auto& record = atomic->history_[store];
  record.acq_rel_timestamp_ = 0;
  std::fill_n(record.first_seen_order_, Actors, static_cast<rl::timestamp_t>(-1));
  std::fill_n(record.acq_rel_order_, Actors, rl::timestamp_t{0});
  return store;
}

}  // namespace

Stamp ActorClock::next() noexcept { return me().own_acq_rel_order_ + 1; }
const Stamp* ActorClock::now() noexcept {
  static_assert(std::is_same_v<rl::timestamp_t, Stamp>);
  return me().acq_rel_order_;
}

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

std::size_t WeakAtomic::bytes() noexcept {
  return with_actor_count([]<rl::thread_id_t N>() { return sizeof(rl::atomic_data_impl<N>); });
}
unsigned WeakAtomic::make() noexcept {
  return with_actor_count([this]<rl::thread_id_t N>() { return make_atomic<N>(memory_); });
}
unsigned WeakAtomic::load(std::memory_order order) const {
  switch (to_relacy(order)) {
    case rl::mo_relaxed:
      return me().atomic_load_relaxed(data(memory_));
    case rl::mo_seq_cst: {
      const SeqCstLoad in_order(*data(memory_));
      return me().atomic_load_seq_cst(data(memory_));
    }
    default:
      return me().atomic_load_acquire(data(memory_));
  }
}
void WeakAtomic::load_newest(std::memory_order order) const {
  switch (to_relacy(order)) {
    case rl::mo_relaxed:
      me().atomic_load_relaxed_rmw(data(memory_));
      return;
    case rl::mo_seq_cst:
      me().atomic_load_seq_cst_rmw(data(memory_));
      accessed_newest_in_order(*data(memory_));
      return;
    default:
      me().atomic_load_acquire_rmw(data(memory_));
  }
}
void WeakAtomic::store(std::memory_order order) {
  switch (to_relacy(order)) {
    case rl::mo_relaxed:
      newest_ = me().atomic_store_relaxed(data(memory_));
      break;
    case rl::mo_seq_cst:
      newest_ = me().atomic_store_seq_cst(data(memory_));
      accessed_newest_in_order(*data(memory_));
      break;
    default:
      newest_ = me().atomic_store_release(data(memory_));
  }
  end_release_sequence(*data(memory_), to_relacy(order));
}
bool WeakAtomic::update(std::memory_order order) {
  bool unseen = false;
  switch (to_relacy(order)) {
    case rl::mo_relaxed:
      newest_ = me().atomic_rmw_relaxed(data(memory_), unseen);
      break;
    case rl::mo_acquire:
      newest_ = me().atomic_rmw_acquire(data(memory_), unseen);
      break;
    case rl::mo_release:
      newest_ = me().atomic_rmw_release(data(memory_), unseen);
      break;
    case rl::mo_acq_rel:
      newest_ = me().atomic_rmw_acq_rel(data(memory_), unseen);
      break;
    default:
      newest_ = me().atomic_rmw_seq_cst(data(memory_), unseen);
      accessed_newest_in_order(*data(memory_));
  }
  return unseen;
}

void weak_fence(std::memory_order order) {
  // What was done so far comes before the fence.
  ++me().own_acq_rel_order_;
  switch (to_relacy(order)) {
    case rl::mo_relaxed:
      return;
    case rl::mo_acquire:
      return rl::ctx().atomic_thread_fence_acquire();
    case rl::mo_release:
      return rl::ctx().atomic_thread_fence_release();
    case rl::mo_acq_rel:
      return rl::ctx().atomic_thread_fence_acq_rel();
    default:
      Exploration::current->had_turn = true;  // the caller has made the step
      rl::ctx().atomic_thread_fence_seq_cst();
      return fenced_in_order();
  }
}

bool fails_spuriously(bool again) {
  if (again && Exploration::current->limits.stale_reads == StaleReads::one) return false;
  return rl::ctx().rand(4, rl::sched_type_cas_fail) == 0;
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
