// AsyncLinearAllocator: LinearAllocator for any number of threads, one fetch_add per alloc.
// Use it to hand out a buffer once (start-up, a frame, a job); not where single pieces must come
// back. Sizes are rounded up to multiples of alignment(), so that the offset stays aligned.
//
// Why it is correct. State: offset_, which only grows until reset, and near_end_, which is set once
// a claim ends in the last sixteenth of the buffer. Invariant: a claim [old, old + need) belongs
// to the one thread whose fetch_add returned old; claims are disjoint, because each fetch_add
// starts where the one before it in modification order ended.
//   (1) load relaxed: the guard. It may be stale; it only keeps requests that cannot succeed from
//       moving the offset. Since the offset only grows, a stale value never refuses wrongly.
//   (2) fetch_add relaxed: the claim. Atomicity alone makes it unique. It publishes nothing: the
//       bytes have had no owner since the buffer was handed over together with this object (or
//       since reset, which asks for the same), so there are no writes of another thread to see.
//   (3) store and load relaxed in reset and in the counters: nobody else is inside, or the caller
//       wants an estimate.
//   (4) load and store relaxed of near_end_: a hint, and publishes nothing. Small requests spare
//       themselves the guard until it is set, since the guard takes the word that all threads write
//       to this core twice. One that sees it late finds out from its claim whether that fits.
// A claim that turns out too large is not taken back: subtracting it again could put the offset
// below the end of a later, successful claim. It costs the tail of the buffer (less than the
// request) until reset; never with one thread, whom the guard tells the truth. The offset cannot
// wrap: a claim that goes past the end sets (4), and from then on (1) stops the thread that made
// it, so the offset exceeds the capacity by at most one request for each thread.
// Progress: wait-free. ABA: none, no value of the offset comes back.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "detail/linear_span.hpp"
#include "std_backend.hpp"

namespace poolproof {

template <Backend B = StdBackend>
class AsyncLinearAllocator final : public Allocator {
 public:
  static constexpr std::size_t default_alignment = alignof(std::max_align_t);

  AsyncLinearAllocator() = default;
  // As init; valid() says whether it worked.
  AsyncLinearAllocator(void* buffer, std::size_t buffer_size,
                       std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(buffer, buffer_size, alignment));
  }
  AsyncLinearAllocator(Allocator& base, std::size_t byte_size,
                       std::size_t alignment = default_alignment) noexcept {
    static_cast<void>(init(base, byte_size, alignment));
  }
  ~AsyncLinearAllocator() override { deinit(); }

  // As LinearAllocator. init, deinit and reset are for one thread, with nobody else inside.
  InitResult init(void* buffer, std::size_t buffer_size,
                  std::size_t alignment = default_alignment) noexcept {
    return span_.init(buffer, buffer_size, alignment);
  }
  InitResult init(Allocator& base, std::size_t byte_size,
                  std::size_t alignment = default_alignment) noexcept {
    return span_.init(base, byte_size, alignment);
  }
  void deinit() noexcept {
    span_.deinit();
    start_again();
    highest_ = 0;
  }
  bool valid() const noexcept { return span_.valid(); }

  [[nodiscard]] void* alloc(std::size_t byte_size) noexcept override { return claim(byte_size, 0); }
  // An alignment above alignment() costs up to the difference in padding.
  [[nodiscard]] void* alloc_aligned(std::size_t byte_size,
                                    std::size_t alignment) noexcept override {
    if (!std::has_single_bit(alignment)) return nullptr;
    const std::size_t own = span_.alignment();
    if (alignment <= own) return claim(byte_size, 0);
    auto* start = static_cast<std::byte*>(claim(byte_size, alignment - own));
    return start == nullptr ? nullptr : start + bytes_to_alignment(start, alignment);
  }
  // Does nothing: the memory comes back with reset.
  void free(void*) noexcept override {}
  // Takes back everything. The caller sees to it that no block is in use, and that other threads
  // learn of the reset by some synchronisation of theirs before they alloc again.
  void reset() noexcept {
    highest_ = peak();
    start_again();
  }

  bool owns(const void* pointer) const noexcept override { return span_.owns(pointer); }
  std::size_t alignment() const noexcept { return span_.alignment(); }
  std::size_t capacity() const noexcept { return span_.size(); }  // bytes
  // Bytes claimed, padding and a lost tail included; exact while nobody is inside.
  std::size_t used() const noexcept {
    return std::min(static_cast<std::size_t>(offset_.load(std::memory_order_relaxed)),  // (3)
                    span_.size());
  }
  std::size_t peak() const noexcept { return std::max(highest_, used()); }  // bytes

  // For tools that show the variables: takes addresses only, and touches no shared variable.
  template <class Visitor>
  void describe(Visitor&& visit) const {
    visit("offset", offset_);
    visit("near_end", near_end_);
  }

 private:
  // byte_size bytes and padding more; the start is aligned to alignment() only.
  void* claim(std::size_t byte_size, std::size_t padding) noexcept {
    const std::size_t size = span_.size();
    if (byte_size == 0 || byte_size > size || padding > size) return nullptr;
    // No overflow: both are at most size, and alignment is at most size.
    const std::size_t need = align_up(byte_size, span_.alignment()) + padding;
    if (need > size) return nullptr;
    const std::size_t margin = size / 16;
    if (need > margin || near_end_.load(std::memory_order_relaxed)) [[unlikely]]  // (4)
      return claim_guarded(need);
    const auto old = offset_.fetch_add(need, std::memory_order_relaxed);  // (2)
    if (old + need > size - margin) [[unlikely]]
      return claimed_near_end(old, need);
    return span_.begin() + old;
  }

  // Out of line, so that the rest stays small.
  [[gnu::noinline]] void* claim_guarded(std::size_t need) noexcept {
    const std::size_t size = span_.size();
    if (offset_.load(std::memory_order_relaxed) > size - need) return nullptr;  // (1)
    const auto old = offset_.fetch_add(need, std::memory_order_relaxed);        // (2)
    if (old + need > size - size / 16) return claimed_near_end(old, need);
    return span_.begin() + old;
  }
  [[gnu::noinline]] void* claimed_near_end(std::uint64_t old, std::size_t need) noexcept {
    near_end_.store(true, std::memory_order_relaxed);  // (4)
    return old > span_.size() - need ? nullptr : span_.begin() + old;
  }

  void start_again() noexcept {
    offset_.store(0, std::memory_order_relaxed);        // (3)
    near_end_.store(false, std::memory_order_relaxed);  // (3)
  }

  LinearSpan span_;
  std::size_t highest_ = 0;  // of used() before the last reset
  typename B::template atomic<bool> near_end_{false};
  alignas(64) typename B::template atomic<std::uint64_t> offset_{0};
};

}  // namespace poolproof
