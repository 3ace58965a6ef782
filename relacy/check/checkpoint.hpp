// Checkpoint: the last state that a worker has left in memory that it shares with its parent. If
// the worker dies, only what it did since is lost.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <thread>

namespace poolproof {

class Checkpoint {
 public:
  static constexpr std::size_t most_bytes = 16 << 20;

  Checkpoint() {}  // leaves the slots alone: pages that nobody writes are never there

  // Only the worker calls this. Waits while the parent reads the slot whose turn it is. Returns
  // false for a state that is too large, which is left out.
  bool put(const std::string& state) noexcept {
    if (state.size() > most_bytes) return false;
    const std::uint32_t count = count_.load(std::memory_order_relaxed);  // (1) only it stores there
    const std::uint32_t turn = count % 2;
    // (2) With (5) and (6): after (3) has counted the other slot, a parent that found this one the
    // last has announced it before, in the one order of all seq_cst operations; and what it has
    // read by then happens before the writing here.
    while (reading_.load(std::memory_order_seq_cst) == turn) std::this_thread::yield();
    Slot& slot = slots_[turn];
    slot.size = state.size();
    std::memcpy(slot.text, state.data(), state.size());
    count_.store(count + 1, std::memory_order_seq_cst);  // (3) with (4): publishes the slot
    return true;
  }
  // Only the parent calls this. Returns nothing if there is no state.
  std::optional<std::string> get() {
    std::uint32_t count = count_.load(std::memory_order_seq_cst);  // (4) with (3)
    if (count == 0) return std::nullopt;
    for (std::uint32_t last = 0; last != count;) {
      last = count;
      reading_.store((last - 1) % 2, std::memory_order_seq_cst);  // (5) with (2): announces it
      count = count_.load(std::memory_order_seq_cst);  // (4) again: is it still the last?
    }
    const Slot& slot = slots_[(count - 1) % 2];
    std::string state(slot.text, slot.size);
    reading_.store(nobody, std::memory_order_seq_cst);  // (6) with (2): it has been read
    return state;
  }

 private:
  static constexpr std::uint32_t nobody = 2;
  struct Slot {
    std::size_t size;
    char text[most_bytes];
  };
  std::atomic<std::uint32_t> count_{0};         // of states; the last is in slot (count - 1) % 2
  std::atomic<std::uint32_t> reading_{nobody};  // the slot that the parent reads
  Slot slots_[2];
};

}  // namespace poolproof
