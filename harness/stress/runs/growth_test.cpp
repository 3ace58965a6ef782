// Memory that grows, and memory that does not.
#include "growth.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace poolproof {
namespace {

constexpr std::size_t mib = 1 << 20;

// Of 1000 looks, each taken when it is due, and 1 MiB freed before each.
std::optional<Growth::Steady> steady(std::size_t (*resident)(std::size_t look)) {
  Growth growth;
  Clock::time_point now{};
  for (std::size_t i = 0; i != 1000; ++i) {
    now += std::chrono::milliseconds(2);
    if (growth.due(now)) growth.look(now, i * mib, resident(i));
  }
  return growth.steady();
}

TEST(Growth, IsSeenWhereItNeverEnds) {
  const auto grown = steady([](std::size_t look) { return 50 * mib + look * mib / 100; });
  ASSERT_TRUE(grown);
  EXPECT_NEAR(static_cast<double>(grown->grown), 7.5 * mib, 0.2 * mib);
  EXPECT_NEAR(static_cast<double>(grown->freed), 750.0 * mib, 20.0 * mib);
}

TEST(Growth, IsNotSeenWhereItEnds) {
  EXPECT_FALSE(steady([](std::size_t) { return 50 * mib; }));
  EXPECT_FALSE(steady([](std::size_t look) { return std::min(look, std::size_t{500}) * mib; }));
  EXPECT_FALSE(steady([](std::size_t look) { return (look % 100) * mib; }));
  EXPECT_FALSE(steady([](std::size_t look) { return (look < 600 ? 10 : 20) * mib; }));
  EXPECT_FALSE(steady([](std::size_t look) { return (2000 - look) * mib; }));
}

TEST(Growth, NeedsSomeLooks) {
  Growth growth;
  for (std::size_t i = 0; i != 7; ++i) growth.look({}, i * mib, i * 100 * mib);
  EXPECT_FALSE(growth.steady());
  growth.look({}, 7 * mib, 700 * mib);
  EXPECT_TRUE(growth.steady());
}

TEST(Growth, LooksAtThisProcess) {
  const std::size_t before = resident_bytes();
  const std::vector<char> memory(64 * mib, 'x');
  EXPECT_GT(resident_bytes(), before + 32 * mib);
  EXPECT_EQ(memory.back(), 'x');
}

}  // namespace
}  // namespace poolproof
