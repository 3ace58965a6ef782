// The workloads. step() does some pairs, so that the look at the clock between two steps costs
// nothing; pairs() counts frees; finish() frees what is held.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

#include "pool_bench.hpp"

namespace poolproof::bench {

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
class Random64 {
 public:
  explicit Random64(std::uint64_t stream) noexcept : state_(stream * 0xd1342543de82ef95 + 1) {}
  std::uint64_t next() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  // In [0, n).
  std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
  }

 private:
  std::uint64_t state_;
};

// The threads of one run share this. OneWay uses the bucket as its rings.
struct Shared {
  static constexpr std::uint32_t slots = 512;
  std::array<std::atomic<void*>, slots> bucket{};
  std::atomic<bool> ran_dry{false};
};

template <class Handle>
class Worker {
 public:
  Worker(Handle& handle, Shared& shared, unsigned thread) noexcept
      : handle_(handle), shared_(shared), random_(thread + 1) {}
  std::uint64_t pairs() const noexcept { return pairs_; }

 protected:
  void* alloc() noexcept {
    void* block = handle_.alloc();
    if (block == nullptr) [[unlikely]] {
      shared_.ran_dry.store(true, std::memory_order_relaxed);
      return nullptr;
    }
    *static_cast<volatile std::uint64_t*>(block) = pairs_;
    return block;
  }
  void free(void* block) noexcept {
    if (block == nullptr) [[unlikely]]
      return;
    handle_.free(block);
    ++pairs_;
  }

  Handle& handle_;
  Shared& shared_;
  Random64 random_;
  std::uint64_t pairs_ = 0;
};

inline constexpr int pairs_per_step = 64;

template <class Handle>
class Churn : public Worker<Handle> {
 public:
  static constexpr const char* name = "churn";
  using Worker<Handle>::Worker;
  void step() noexcept {
    for (int i = 0; i != pairs_per_step; ++i) this->free(this->alloc());
  }
  void finish() noexcept {}
};

// Up to 256 blocks of its own: a coin says whether one more, or one less, any of them.
template <class Handle>
class Random : public Worker<Handle> {
 public:
  static constexpr const char* name = "random";
  using Worker<Handle>::Worker;
  void step() noexcept {
    for (int i = 0; i != 2 * pairs_per_step; ++i) flip();
  }
  void finish() noexcept {
    while (count_ != 0) this->free(held_[--count_]);
  }

 private:
  static constexpr std::uint32_t most = 256;
  void flip() noexcept {
    const std::uint64_t random = this->random_.next();
    const bool more = count_ == 0 || (count_ != most && (random & 1) != 0);
    if (more) {
      void* block = this->alloc();
      if (block != nullptr) held_[count_++] = block;
    } else {
      const auto i = static_cast<std::uint32_t>(((random >> 32) * count_) >> 32);
      void* block = std::exchange(held_[i], held_[count_ - 1]);
      --count_;
      this->free(block);
    }
  }
  std::array<void*, most> held_{};
  std::uint32_t count_ = 0;
};

// 1 to 64 blocks, freed in random order.
template <class Handle>
class Batch : public Worker<Handle> {
 public:
  static constexpr const char* name = "batch";
  using Worker<Handle>::Worker;
  void step() noexcept {
    const std::uint32_t count = 1 + this->random_.below(most);
    for (std::uint32_t i = 0; i != count; ++i) held_[i] = this->alloc();
    for (std::uint32_t left = count; left != 0; --left) {
      const std::uint32_t i = this->random_.below(left);
      this->free(std::exchange(held_[i], held_[left - 1]));
    }
  }
  void finish() noexcept {}

 private:
  static constexpr std::uint32_t most = 64;
  std::array<void*, most> held_{};
};

// A block goes into a random slot that all share; what lay there is freed, whosever it was.
template <class Handle>
class Bucket : public Worker<Handle> {
 public:
  static constexpr const char* name = "bucket";
  using Worker<Handle>::Worker;
  void step() noexcept {
    for (int i = 0; i != pairs_per_step; ++i) {
      void* block = this->alloc();
      auto& slot = this->shared_.bucket[this->random_.below(Shared::slots)];
      this->free(slot.exchange(block, std::memory_order_acq_rel));
    }
  }
  void finish() noexcept {}  // drain, when all threads have stopped
  static void drain(Handle& handle, Shared& shared) noexcept {
    for (auto& slot : shared.bucket) {
      if (void* block = slot.exchange(nullptr, std::memory_order_acquire)) handle.free(block);
    }
  }
};

// Every other thread allocates, and hands all blocks to the thread behind it, which frees them. For
// an even number of threads, 8 at most.
template <class Handle>
class OneWay : public Worker<Handle> {
 public:
  static constexpr const char* name = "one_way";
  OneWay(Handle& handle, Shared& shared, unsigned thread) noexcept
      : Worker<Handle>(handle, shared, thread),
        ring_(&shared.bucket[thread / 2 * ring]),
        produces_(thread % 2 == 0) {}
  void step() noexcept {
    for (int i = 0; i != pairs_per_step; ++i, ++next_) {
      if (!(produces_ ? produce(ring_[next_ % ring]) : consume(ring_[next_ % ring]))) {
        return std::this_thread::yield();  // the other one may wait for this core
      }
    }
  }
  void finish() noexcept {}  // drain, when all threads have stopped
  static void drain(Handle& handle, Shared& shared) noexcept {
    Bucket<Handle>::drain(handle, shared);
  }

 private:
  static constexpr std::uint32_t ring = Shared::slots / 4;  // slots
  bool produce(std::atomic<void*>& slot) noexcept {
    if (slot.load(std::memory_order_acquire) != nullptr) return false;
    slot.store(this->alloc(), std::memory_order_release);
    return true;
  }
  bool consume(std::atomic<void*>& slot) noexcept {
    void* block = slot.load(std::memory_order_acquire);
    if (block == nullptr) return false;
    this->free(block);
    slot.store(nullptr, std::memory_order_release);
    return true;
  }

  std::atomic<void*>* ring_;
  bool produces_;
  std::uint32_t next_ = 0;
};

}  // namespace poolproof::bench
