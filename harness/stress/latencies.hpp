// Latencies: how long calls took, counted in buckets that are a quarter of a power of two wide. For
// one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace poolproof {

// Nanoseconds; the clock's own time, some tens of them, is in all.
struct LatencySummary {
  std::uint64_t calls = 0;  // that were measured
  std::uint64_t p50 = 0;    // at most so long took half of them; upper ends of buckets
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t most = 0;
};

class Latencies {
 public:
  void add(std::uint64_t nanoseconds) noexcept {
    ++counts_[bucket(nanoseconds)];
    most_ = std::max(most_, nanoseconds);
  }
  void merge(const Latencies& other) noexcept {
    for (std::size_t i = 0; i != buckets; ++i) counts_[i] += other.counts_[i];
    most_ = std::max(most_, other.most_);
  }
  LatencySummary summary() const noexcept {
    LatencySummary summary;
    for (const std::uint64_t count : counts_) summary.calls += count;
    summary.p50 = quantile(summary.calls, 500);
    summary.p99 = quantile(summary.calls, 990);
    summary.p999 = quantile(summary.calls, 999);
    summary.most = most_;
    return summary;
  }

 private:
  static constexpr std::size_t buckets = std::size_t{4} * 64;

  // Below 4 each number has its own; then four for each power of two.
  static std::size_t bucket(std::uint64_t n) noexcept {
    if (n < 4) return static_cast<std::size_t>(n);
    const auto power = static_cast<std::size_t>(std::bit_width(n)) - 1;
    return 4 * (power - 1) + static_cast<std::size_t>(n >> (power - 2) & 3);
  }
  // The largest number in a bucket.
  static std::uint64_t last_of(std::size_t bucket) noexcept {
    if (bucket < 4) return bucket;
    const std::size_t power = bucket / 4 + 1;
    return ((std::uint64_t{4} + bucket % 4 + 1) << (power - 2)) - 1;
  }
  std::uint64_t quantile(std::uint64_t calls, std::uint64_t per_mille) const noexcept {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i != buckets; ++i) {
      below += counts_[i];
      if (below != 0 && below * 1000 >= calls * per_mille) return std::min(last_of(i), most_);
    }
    return most_;
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t most_ = 0;
};

}  // namespace poolproof
