// How long one alloc with its free takes: a clock around each pair, and counts in a histogram.
//
// The clock is the processor's counter (rdtsc, fenced so that it neither runs ahead of the pair nor
// behind it), scaled by std::chrono::steady_clock over the same window; on other processors
// steady_clock itself. The cost of one reading is in every figure: compare with the floor.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

namespace poolproof::bench {

inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
  const std::uint64_t now = __builtin_ia32_rdtsc();
  __builtin_ia32_lfence();
  return now;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Counts values with a relative error below 1/32: 32 buckets for each power of two.
class Histogram {
 public:
  void add(std::uint64_t value) noexcept {
    ++counts_[bucket(value)];
    most_ = std::max(most_, value);
  }
  void add(const Histogram& other) noexcept {
    for (std::size_t i = 0; i != counts_.size(); ++i) counts_[i] += other.counts_[i];
    most_ = std::max(most_, other.most_);
  }
  std::uint64_t count() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t n : counts_) sum += n;
    return sum;
  }
  std::uint64_t most() const noexcept { return most_; }
  // The least value that at least this part of all do not exceed.
  std::uint64_t quantile(double part) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count()));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i != counts_.size(); ++i) {
      sum += counts_[i];
      if (sum > wanted) return start_of(i);
    }
    return most_;
  }

 private:
  static constexpr unsigned bits = 5;
  static constexpr std::size_t buckets = (65 - bits) << bits;

  static std::size_t bucket(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value | 1));
    const unsigned shift = width > bits + 1 ? width - bits - 1 : 0;
    return (std::size_t{shift} << bits) + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t start_of(std::size_t i) noexcept {
    const std::size_t shift = i < (std::size_t{2} << bits) ? 0 : (i >> bits) - 1;
    return (i - (shift << bits)) << shift;
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(buckets);
  std::uint64_t most_ = 0;
};

}  // namespace poolproof::bench
