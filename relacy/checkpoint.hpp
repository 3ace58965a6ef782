// Checkpoint: the last state that a worker has left in memory that it shares with its parent, so
// that nothing is lost with it but what it did since.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace poolproof {

class Checkpoint {
 public:
  static constexpr std::size_t most_bytes = 16 << 20;

  Checkpoint() {}  // leaves the slots alone: pages that nobody writes are never there

  // By the worker. A state that is too large is left out: false.
  bool put(const std::string& state) noexcept {
    if (state.size() > most_bytes) return false;
    const std::uint32_t count = count_.load(std::memory_order_relaxed);  // (1) its own
    Slot& slot = slots_[count % 2];
    slot.size = state.size();
    std::memcpy(slot.text, state.data(), state.size());
    count_.store(count + 1, std::memory_order_release);  // (2) with (3): publishes the slot
    return true;
  }
  // By the parent; nothing when there is none, or when it was overwritten meanwhile.
  std::optional<std::string> get() const {
    const std::uint32_t count = count_.load(std::memory_order_acquire);  // (3) with (2)
    if (count == 0) return std::nullopt;
    const Slot& slot = slots_[(count - 1) % 2];
    std::string state(slot.text, slot.size <= most_bytes ? slot.size : 0);
    // (4) With (2). The worker writes to this slot again once it has counted the other one.
    if (count_.load(std::memory_order_acquire) != count) return std::nullopt;
    return state;
  }

 private:
  struct Slot {
    std::size_t size;
    char text[most_bytes];
  };
  std::atomic<std::uint32_t> count_{0};
  Slot slots_[2];
};

}  // namespace poolproof
