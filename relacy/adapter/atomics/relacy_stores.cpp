#include "relacy_stores.hpp"

#include <algorithm>
#include <new>

#include "relacy/adapter/exploration.hpp"
#include "relacy/adapter/host_heap.hpp"

namespace poolproof {

namespace {

using Order = std::memory_order;

rl::thread_info_base& me() noexcept { return *rl::ctx().threadx_; }

constexpr auto no_slot = static_cast<unsigned>(-1);  // Relacy: there was no store

}  // namespace

void RelacyStores::clear() noexcept {
  with_actor_count([this]<rl::thread_id_t N>() {
    static_assert(sizeof(rl::atomic_data_impl<N>) <= sizeof bytes_);
    static_assert(alignof(rl::atomic_data_impl<N>) <= alignof(std::max_align_t));
    data_ = new (bytes_.data()) rl::atomic_data_impl<N>;
    for (auto& record : data_of<N>().history_) record.busy_ = false;
  });
}

// In the place that the first store takes.
void RelacyStores::restart(Word value) noexcept {
  clear();
  with_actor_count([this]<rl::thread_id_t N>() {
    auto& data = data_of<N>();
    auto& record = data.history_[++data.current_index_];
    record.busy_ = true;
    record.seq_cst_ = false;
    record.thread_id_ = 0;
    record.acq_rel_timestamp_ = 0;  // everybody has heard of it
    std::fill_n(record.acq_rel_order_, N, rl::timestamp_t{0});
    std::fill_n(record.first_seen_order_, N, never_seen);
  });
  put(1, value, false);
}

void RelacyStores::begin(Word value) {
  clear();
  store(value, Order::relaxed);
}

void RelacyStores::publish() noexcept {
  ++me().own_acq_rel_order_;
  with_actor_count([this]<rl::thread_id_t N>() {
    std::copy_n(me().acq_rel_order_, N, data_of<N>().history_[last_].acq_rel_order_);
  });
}

void RelacyStores::put(unsigned slot, Word value, bool update) noexcept {
  last_ = slot;
  slots_[slot] = {value, update};
}

RelacyStores::Read RelacyStores::read(unsigned slot) const noexcept {
  if (slot == no_slot) return {.garbage = true};
  bool misses = false;
  for (unsigned i = slot; i != last_;) {
    i = (i + 1) % most;
    misses = misses || !slots_[i].update;
  }
  return {.value = slots_[slot].value, .newest = slot == last_, .misses_store = misses};
}

RelacyStores::Read RelacyStores::load(Order order) {
  Exploration::current->looked_back = 0;
  switch (order) {
    case Order::relaxed:
      return read(me().atomic_load_relaxed(data_));
    case Order::seq_cst:
      return read(me().atomic_load_seq_cst(data_));
    default:
      return read(me().atomic_load_acquire(data_));
  }
}

RelacyStores::Read RelacyStores::load_newest(Order order) {
  switch (order) {
    case Order::relaxed:
    case Order::release:
      return read(me().atomic_load_relaxed_rmw(data_));
    case Order::seq_cst:
      return read(me().atomic_load_seq_cst_rmw(data_));
    default:
      return read(me().atomic_load_acquire_rmw(data_));
  }
}

void RelacyStores::store(Word value, Order order) {
  switch (order) {
    case Order::relaxed:
      return put(me().atomic_store_relaxed(data_), value, false);
    case Order::seq_cst:
      return put(me().atomic_store_seq_cst(data_), value, false);
    default:
      return put(me().atomic_store_release(data_), value, false);
  }
}

RelacyStores::Read RelacyStores::update(Word value, Order order) {
  Read old = read(last_);
  const auto access = [&] {
    switch (order) {
      case Order::relaxed:
        return me().atomic_rmw_relaxed(data_, old.unseen);
      case Order::release:
        return me().atomic_rmw_release(data_, old.unseen);
      case Order::acq_rel:
        return me().atomic_rmw_acq_rel(data_, old.unseen);
      case Order::seq_cst:
        return me().atomic_rmw_seq_cst(data_, old.unseen);
      default:
        return me().atomic_rmw_acquire(data_, old.unseen);
    }
  };
  put(access(), value, true);
  return old;
}

RelacyStores& AllRelacyStores::take() {
  if (taken_ == made_.size()) {
    const HostHeapScope outside;
    void* const memory = std::malloc(sizeof(RelacyStores));
    if (memory == nullptr) throw std::bad_alloc();
    made_.push_back(new (memory) RelacyStores);
  }
  return *made_[taken_++];
}

void relacy_fence(Order order) {
  switch (order) {
    case Order::release:
      return rl::ctx().atomic_thread_fence_release();
    case Order::acq_rel:
      return rl::ctx().atomic_thread_fence_acq_rel();
    case Order::seq_cst:
      return rl::ctx().atomic_thread_fence_seq_cst();
    default:
      return rl::ctx().atomic_thread_fence_acquire();
  }
}

}  // namespace poolproof
