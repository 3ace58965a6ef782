// StateHash: 128 bits over what two executions may have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace poolproof {

class StateHash {
 public:
  // What is added must be told apart by its order and number alone.
  void add(std::uint64_t value) noexcept {
    one_ = (one_ ^ value) * 0x9e3779b97f4a7c15;
    one_ ^= one_ >> 32;
    other_ = (other_ + value) * 0xd1342543de82ef95;
    other_ ^= other_ >> 29;
  }
  void add(const std::byte* bytes, std::size_t size) noexcept {
    for (; size >= sizeof(std::uint64_t); bytes += 8, size -= 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      add(word);
    }
    if (size == 0) return;
    std::uint64_t rest = 0;
    std::memcpy(&rest, bytes, size);
    add(rest);
  }
  void add(const StateHash& part) noexcept {
    add(part.one_);
    add(part.other_);
  }

  std::uint64_t one() const noexcept { return one_; }
  std::uint64_t other() const noexcept { return other_; }

 private:
  std::uint64_t one_ = 1;
  std::uint64_t other_ = 2;
};

}  // namespace poolproof
