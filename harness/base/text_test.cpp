#include "text.hpp"

#include <gtest/gtest.h>

namespace poolproof {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsParsed) {
  EXPECT_EQ(parse_duration("500ms"), Nanoseconds(500ms));
  EXPECT_EQ(parse_duration("10s"), Nanoseconds(10s));
  EXPECT_EQ(parse_duration("1.5s"), Nanoseconds(1500ms));
  EXPECT_EQ(parse_duration("2m"), Nanoseconds(2min));
  EXPECT_EQ(parse_duration("1h"), Nanoseconds(1h));
}

TEST(Duration, IsRefusedWhenItIsNone) {
  for (const char* text : {"", "s", "10", "10 s", "-1s", "0s", "0.1ms", "10x", "1e3s", "nan",
                           "infs", "9999999h", "1s2", "s10"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, ComesBackFromItsText) {
  for (const Nanoseconds duration : {Nanoseconds(1ms), Nanoseconds(1500ms), Nanoseconds(90s),
                                     Nanoseconds(2h), Nanoseconds(1234567ns)}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration) << format_duration(duration);
  }
}

TEST(ChaosLevel, IsParsedAndComesBack) {
  EXPECT_EQ(parse_chaos("off"), 0U);
  EXPECT_EQ(parse_chaos("light"), 64U);
  EXPECT_EQ(parse_chaos("heavy"), 8U);
  EXPECT_EQ(parse_chaos("1/1"), 1U);
  EXPECT_EQ(parse_chaos("1/1000000"), 1000000U);
  for (const std::uint32_t one_in : {0U, 1U, 8U, 64U, 65U}) {
    EXPECT_EQ(parse_chaos(format_chaos(one_in)), one_in);
  }
  for (const char* text : {"", "1/", "1/0", "1/1000001", "2/3", "1/-1", "1/8x", "Light", "on"}) {
    EXPECT_FALSE(parse_chaos(text)) << text;
  }
}

TEST(Count, IsShort) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1.00 k");
  EXPECT_EQ(format_count(56'700), "56.7 k");
  EXPECT_EQ(format_count(999'600), "1.00 M");
  EXPECT_EQ(format_count(8.9e6), "8.90 M");
  EXPECT_EQ(format_count(1.234e9), "1.23 G");
  for (double count = 1; count < 1e14; count *= 1.37) {
    EXPECT_LE(format_count(count).size(), 7U) << count;
  }
}

TEST(NearestNames, AreThoseMeant) {
  const std::string_view names[] = {"locked", "lockless", "deferred", "specimen.no_nonce"};
  EXPECT_EQ(nearest_names("lockles", names), "lockless or locked");
  EXPECT_EQ(nearest_names("no_nonce", names), "specimen.no_nonce");
  EXPECT_EQ(nearest_names("defered", names), "deferred");
  EXPECT_EQ(nearest_names("xyz", names), "");
}

TEST(ProgramName, IsThatOfTheCommand) {
  EXPECT_EQ(program_name(), "poolproof");
  EXPECT_EQ(with_program_name("see 'poolproof list'"), "see 'poolproof list'");
  set_program_name("/some/where/my_pool-relacy");
  EXPECT_EQ(program_name(), "my_pool");
  EXPECT_EQ(with_program_name("see 'poolproof list' or 'poolproof check'"),
            "see 'my_pool list' or 'my_pool check'");
  set_program_name("");
  EXPECT_EQ(program_name(), "my_pool");
  set_program_name("poolproof");
  EXPECT_EQ(program_name(), "poolproof");
}

}  // namespace
}  // namespace poolproof
