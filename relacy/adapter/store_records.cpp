#include "store_records.hpp"

#include <algorithm>

#include "actor_count.hpp"
#include "exploration.hpp"
#include "host_heap.hpp"

// After context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>

namespace poolproof {

namespace {

constexpr unsigned stores = rl::atomic_history_size;
constexpr auto never = static_cast<rl::timestamp_t>(-1);

template <rl::thread_id_t Actors>
auto& record(rl::atomic_data& atomic, unsigned back) noexcept {
  auto& all = static_cast<rl::atomic_data_impl<Actors>&>(atomic);
  return all.history_[(all.current_index_ - back) % stores];
}

// All atomics that a seq_cst operation has accessed are listed, for fences. A store has its mark
// from Relacy before it gets here.
template <rl::thread_id_t Actors>
void mark_seq_cst(rl::atomic_data& atomic, unsigned back) noexcept {
  bool listed = false;
  for (unsigned other = 1; other != stores; ++other) {
    const auto& store = record<Actors>(atomic, other);
    listed |= store.busy_ && store.seq_cst_;
  }
  record<Actors>(atomic, back).seq_cst_ = true;
  if (listed) return;
  auto& all = Exploration::current->seq_cst_atomics;
  if (std::find(all.begin(), all.end(), &atomic) != all.end()) return;
  const HostHeapScope outside;
  all.push_back(&atomic);
}

// How far back a seq_cst load may look, for the fences.
template <rl::thread_id_t Actors>
unsigned most_back(rl::atomic_data& atomic) noexcept {
  const rl::timestamp_t* const fences = rl::ctx().seq_cst_fence_order_;
  unsigned back = 0;
  for (; back != stores - 1; ++back) {
    const auto& store = record<Actors>(atomic, back);
    if (!store.busy_) break;
    bool reached = false;
    for (unsigned i = 0; i != Actors; ++i) reached |= fences[i] >= store.first_seen_order_[i];
    if (reached) break;
  }
  return back;
}

// To an actor, as if it had read them: stores that seq_cst operations have stored or read.
template <rl::thread_id_t Actors>
void show_seq_cst(rl::atomic_data& atomic, unsigned actor, rl::timestamp_t now) noexcept {
  for (unsigned back = 0; back != stores; ++back) {
    auto& store = record<Actors>(atomic, back);
    if (!store.busy_ || !store.seq_cst_) continue;
    if (store.first_seen_order_[actor] == never) store.first_seen_order_[actor] = now;
  }
}

}  // namespace

void end_release_sequence(rl::atomic_data& atomic, rl::memory_order order) noexcept {
  with_actor_count([&]<rl::thread_id_t Actors>() {
    const auto& me = static_cast<const rl::thread_info<Actors>&>(*rl::ctx().threadx_);
    const auto& before = record<Actors>(atomic, 1);
    if (!before.busy_ || before.thread_id_ != me.index_) return;
    const bool releases = order == rl::mo_release || order == rl::mo_seq_cst;
    std::copy_n(releases ? me.acq_rel_order_ : me.release_fence_order_, Actors,
                record<Actors>(atomic, 0).acq_rel_order_);
  });
}

SeqCstLoad::SeqCstLoad(rl::atomic_data& atomic) noexcept : atomic_(atomic) {
  Exploration& all = *Exploration::current;
  all.looked_back = 0;
  all.most_back =
      with_actor_count([&]<rl::thread_id_t Actors>() { return most_back<Actors>(atomic); });
}
SeqCstLoad::~SeqCstLoad() {
  Exploration& all = *Exploration::current;
  with_actor_count(
      [&]<rl::thread_id_t Actors>() { mark_seq_cst<Actors>(atomic_, all.looked_back); });
  all.most_back = Exploration::unlimited;
}

void accessed_newest_in_order(rl::atomic_data& atomic) noexcept {
  with_actor_count([&]<rl::thread_id_t Actors>() { mark_seq_cst<Actors>(atomic, 0); });
}

void fenced_in_order() noexcept {
  rl::thread_info_base& me = *rl::ctx().threadx_;
  const rl::timestamp_t now = ++me.own_acq_rel_order_;
  with_actor_count([&]<rl::thread_id_t Actors>() {
    for (rl::atomic_data* const atomic : Exploration::current->seq_cst_atomics) {
      show_seq_cst<Actors>(*atomic, static_cast<unsigned>(me.index_), now);
    }
  });
}

}  // namespace poolproof
