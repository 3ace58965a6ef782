// Generations: a table by address that forgets everything at once, before each execution. Its
// values stay where they are, to be used again: Value has void restart().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace poolproof {

template <class Value>
class Generations {
 public:
  void forget() noexcept {
    ++now_;
    used_ = 0;
  }
  // Null where there is none.
  Value* find(std::uintptr_t key) noexcept {
    Slot& slot = slot_of(key);
    return slot.when == now_ ? slot.value : nullptr;
  }
  Value& get(std::uintptr_t key) {
    Slot* slot = &slot_of(key);
    if (slot->when == now_) return *slot->value;
    if (used_ * 2 >= slots_.size()) {
      grow();
      slot = &slot_of(key);
    }
    if (used_ == values_.size()) values_.push_back(std::make_unique<Value>());
    *slot = {key, now_, values_[used_++].get()};
    slot->value->restart();
    return *slot->value;
  }

 private:
  struct Slot {
    std::uintptr_t key = 0;
    std::uint64_t when = 0;
    Value* value = nullptr;
  };

  Slot& slot_of(std::uintptr_t key) noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = (key * 0x9E3779B97F4A7C15U >> 20) & mask;
    while (slots_[i].when == now_ && slots_[i].key != key) i = (i + 1) & mask;
    return slots_[i];
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.when == now_) slot_of(slot.key) = slot;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1 << 12);
  std::vector<std::unique_ptr<Value>> values_;
  std::size_t used_ = 0;
  std::uint64_t now_ = 1;
};

}  // namespace poolproof
