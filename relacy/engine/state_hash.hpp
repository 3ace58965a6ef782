// Hashes over what two executions may have in common.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace poolproof {

// Mixes value into hash: for a few numbers that are compared within one process.
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

// By which states are told apart, so verdicts rest on it.
struct StateKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// StateHash: XXH3, with 128 bits, over words.
class StateHash {
 public:
  StateHash() noexcept {}  // leaves the words alone

  void clear() noexcept { size_ = folds_ = 0; }
  // What is added must be told apart by its order and number alone.
  void add(std::uint64_t value) noexcept {
    if (size_ == capacity) fold();
    words_[size_++] = value;
  }
  void add(const StateKey& part) noexcept {
    add(part.low);
    add(part.high);
  }
  void add(const std::byte* bytes, std::size_t size) noexcept;

  // Of all that was added.
  StateKey key() const noexcept;

 private:
  static constexpr std::size_t capacity = 256;

  void fold() noexcept;  // puts the key of the words in their place

  std::size_t size_ = 0;
  std::size_t folds_ = 0;
  std::array<std::uint64_t, capacity> words_;
};

}  // namespace poolproof
