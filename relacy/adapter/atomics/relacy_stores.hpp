// RelacyStores: the stores to one atomic as Relacy itself keeps them, a second opinion beside our
// StoreList. Which store a load reads, and what whoever acquires it hears of, is decided by Relacy
// alone; here are only the values, which Relacy keeps in its atomics. It belongs to one execution.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "relacy/adapter/actor_count.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/memory/store_list.hpp"
// After relacy_context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/context_base_impl.hpp>

namespace poolproof {

class RelacyStores {
 public:
  // What an access has read.
  struct Read {
    Word value = 0;
    bool newest = true;
    bool garbage = false;       // memory that holds nothing yet
    bool misses_store = false;  // one by no read-modify-write came behind it
    bool unseen = false;        // its actor had not seen it before
  };

  RelacyStores() = default;
  RelacyStores(const RelacyStores&) = delete;
  RelacyStores& operator=(const RelacyStores&) = delete;

  // As if the value had been there before everything.
  void restart(Word value) noexcept;
  // Made by the actor that runs.
  void begin(Word value);
  // Who acquires the newest store hears of all that the actor has heard of.
  void publish() noexcept;
  void set_newest(Word value) noexcept { slots_[last_].value = value; }

  Read load(std::memory_order order);
  // For a CAS that fails, and for an access that must read the newest store.
  Read load_newest(std::memory_order order);
  void store(Word value, std::memory_order order);
  Read update(Word value, std::memory_order order);

 private:
  static constexpr unsigned most = rl::atomic_history_size;

  struct Slot {
    Word value = 0;
    bool update = false;  // by a read-modify-write
  };

  template <rl::thread_id_t Actors>
  rl::atomic_data_impl<Actors>& data_of() noexcept {
    return static_cast<rl::atomic_data_impl<Actors>&>(*data_);
  }
  void clear() noexcept;
  void put(unsigned slot, Word value, bool update) noexcept;
  Read read(unsigned slot) const noexcept;

  rl::atomic_data* data_ = nullptr;
  unsigned last_ = 0;  // the slot of the newest
  std::array<Slot, most> slots_{};
  alignas(alignof(std::max_align_t))
      std::array<std::byte,
                 sizeof(rl::atomic_data_impl<ModelTest::most_actors>)> bytes_;  // of data_
};

// The stores of an execution. The next one takes their memory, from the heap, again.
class AllRelacyStores {
 public:
  static AllRelacyStores& all() noexcept {
    static AllRelacyStores stores;
    return stores;
  }
  AllRelacyStores(const AllRelacyStores&) = delete;
  AllRelacyStores& operator=(const AllRelacyStores&) = delete;
  ~AllRelacyStores() {
    for (RelacyStores* const stores : made_) std::free(stores);
  }

  RelacyStores& take();
  void take_all_back() noexcept { taken_ = 0; }

 private:
  AllRelacyStores() = default;

  std::vector<RelacyStores*> made_;
  std::size_t taken_ = 0;
};

// Not relaxed.
void relacy_fence(std::memory_order order);

}  // namespace poolproof
