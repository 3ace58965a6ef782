// Memory for models: nothing here allocates, as a model must not while it is executed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "allocators/allocator.hpp"
#include "allocators/sizes.hpp"
#include "backend.hpp"
#include "harness/oracles/red_zone.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/trace/names.hpp"

namespace poolproof {

// A place for an object that lives in one execution. When the execution is abandoned, so is the
// object; make() then starts afresh, from zeros, so that every execution finds the same memory.
template <class T>
class ExecutionLocal {
 public:
  template <class... Args>
  T& make(Args&&... args) {
    std::memset(bytes_, 0, sizeof bytes_);
    return *std::construct_at(reinterpret_cast<T*>(bytes_), std::forward<Args>(args)...);
  }
  T& operator*() noexcept { return *std::launder(reinterpret_cast<T*>(bytes_)); }
  const T& operator*() const noexcept { return *std::launder(reinterpret_cast<const T*>(bytes_)); }
  T* operator->() noexcept { return &**this; }
  const T* operator->() const noexcept { return &**this; }
  void destroy() { std::destroy_at(&**this); }

 private:
  alignas(T) std::byte bytes_[sizeof(T)];
};

// All bytes of an object, for states, but for those of the atomics, variables and mutexes in it.
template <class T>
void add_bytes(StateHash& hash, const T& object) {
  add_plain_bytes(hash, std::as_bytes(std::span(&object, 1)));
}

// A note for the trace, on a pointer, which the trace shows as the block that lies there.
inline void note_pointer(const char* what, const void* pointer) {
  if (!model_is_traced()) return;
  std::array<char, 64> text;
  if (pointer == nullptr) {
    std::snprintf(text.data(), text.size(), "%s none", what);
  } else {
    std::snprintf(text.data(), text.size(), "%s %p", what, pointer);
  }
  model_note(text.data());
}

// A base with a fixed number of chunks, which it hands out once each and then refuses. It may
// refuse before, so many times as it is allowed to, at a time that the search chooses. Checks what
// a base is promised: to be asked by one thread at a time, and to get back each chunk once.
class ModelBase final : public Allocator {
 public:
  static constexpr std::size_t chunk_bytes = 1024;
  static constexpr std::size_t most_chunks = 4;

  explicit ModelBase(std::size_t chunks, unsigned refusals = 0) noexcept
      : chunks_(chunks), refusals_(refusals) {}
  ~ModelBase() override {
    require(lent_.get() == 0, "base", "a chunk was not given back to the base");
  }

  void stop_refusing() noexcept { refusals_ = 0; }
  // Gives all its chunks once more; for one that has got them all back.
  void start_again() noexcept {
    require(lent_.get() == 0, "base", "a chunk was not given back to the base");
    given_.set(0);
  }
  // The first chunk; each lies chunk_bytes behind the one before.
  std::byte* memory() noexcept { return memory_[0]; }

  void* alloc(std::size_t byte_size) noexcept override { return alloc_aligned(byte_size, 1); }
  void* alloc_aligned(std::size_t byte_size, std::size_t alignment) noexcept override {
    const std::size_t given = given_.get();
    require(byte_size <= chunk_bytes && alignment <= chunk_bytes, "base", "a chunk is too large");
    if (given == chunks_ || refuses()) {
      model_note("base refuses");
      return nullptr;
    }
    model_note("base gives");
    sizes_[given] = byte_size;
    if (has_front(given)) lay_red_zone(memory_[given] - red_zone_bytes);
    lay_red_zone(memory_[given] + byte_size, behind(given));
    given_.set(given + 1);
    lent_.set(lent_.get() + 1);
    return memory_[given];
  }
  // Has somebody written beside a chunk that was given?
  void look_at_red_zones() const {
    for (std::size_t i = 0; i != given_.peek(); ++i) {
      require(!has_front(i) || is_red_zone_whole(memory_[i] - red_zone_bytes), "red_zone",
              "the pool wrote in front of a chunk that its base gave");
      require(is_red_zone_whole(memory_[i] + sizes_[i], behind(i)), "red_zone",
              "the pool wrote behind a chunk that its base gave");
    }
  }
  void free(void* chunk) noexcept override {
    require(owns(chunk) && lent_.get() != 0, "base", "the base got back what it had not given");
    lent_.set(lent_.get() - 1);
  }
  bool owns(const void* pointer) const noexcept override {
    return address(pointer) - address(memory_) < most_chunks * chunk_bytes;
  }

  void add_state(StateHash& hash) const {
    hash.add(refusals_);
    for (std::size_t i = 0; i != given_.peek(); ++i) {
      add_plain_bytes(hash, {memory_[i], chunk_bytes});
    }
  }
  void describe(Names& names) const {
    names.of_oracle("base.given", given_);
    names.of_oracle("base.lent", lent_);
  }

 private:
  // Is there room for a red zone in front of a chunk? The one before it may have that memory.
  bool has_front(std::size_t chunk) const noexcept {
    return chunk == 0 || sizes_[chunk - 1] + red_zone_bytes <= chunk_bytes;
  }
  // Bytes of the red zone behind it.
  std::size_t behind(std::size_t chunk) const noexcept {
    return std::min(red_zone_bytes, chunk_bytes - sizes_[chunk]);
  }
  bool refuses() {
    if (refusals_ == 0 || model_choice(2) == 0) return false;
    --refusals_;
    return true;
  }

  std::size_t chunks_;
  unsigned refusals_;
  ModelVar<std::size_t> given_{0};
  ModelVar<std::size_t> lent_{0};
  std::array<std::size_t, most_chunks> sizes_{};
  // Zeros: it lies in a Place. The last bytes of before_ are a red zone.
  [[maybe_unused]] alignas(chunk_bytes) std::byte before_[chunk_bytes];
  alignas(chunk_bytes) std::byte memory_[most_chunks][chunk_bytes];
};

}  // namespace poolproof
