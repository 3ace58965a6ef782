#include "latencies.hpp"

#include <gtest/gtest.h>

namespace poolproof {
namespace {

TEST(Latencies, OfNoCallAreZero) {
  const LatencySummary none = Latencies().summary();
  EXPECT_EQ(none.calls, 0u);
  EXPECT_EQ(none.p50, 0u);
  EXPECT_EQ(none.most, 0u);
}

// A quantile is at least the true one, and at most a quarter above it.
TEST(Latencies, QuantilesAreThoseOfTheNumbers) {
  for (const std::uint64_t scale : {1ULL, 7ULL, 1000ULL, 1ULL << 40}) {
    Latencies latencies;
    for (std::uint64_t i = 1; i <= 1000; ++i) latencies.add(i * scale);
    const LatencySummary all = latencies.summary();
    EXPECT_EQ(all.calls, 1000u);
    EXPECT_EQ(all.most, 1000 * scale);
    const auto expect_near = [](std::uint64_t found, std::uint64_t wanted) {
      EXPECT_GE(found, wanted);
      EXPECT_LE(found, wanted + wanted / 4);
    };
    expect_near(all.p50, 500 * scale);
    expect_near(all.p99, 990 * scale);
    expect_near(all.p999, 999 * scale);
  }
}

TEST(Latencies, AreTheSameInOneOrInSeveral) {
  Latencies whole;
  Latencies parts[2];
  for (std::uint64_t i = 0; i != 500; ++i) {
    whole.add(i * i);
    parts[i % 2].add(i * i);
  }
  parts[0].merge(parts[1]);
  const LatencySummary a = whole.summary();
  const LatencySummary b = parts[0].summary();
  EXPECT_EQ(a.calls, b.calls);
  EXPECT_EQ(a.p50, b.p50);
  EXPECT_EQ(a.p999, b.p999);
  EXPECT_EQ(a.most, b.most);
}

TEST(Latencies, TakeAnyNumber) {
  Latencies latencies;
  latencies.add(0);
  latencies.add(~std::uint64_t{0});
  EXPECT_EQ(latencies.summary().p50, 0u);
  EXPECT_EQ(latencies.summary().p999, ~std::uint64_t{0});
}

}  // namespace
}  // namespace poolproof
