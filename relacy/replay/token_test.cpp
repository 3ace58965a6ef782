// Tokens: written and read back, and every kind of damage.
#include "token.hpp"

#include <gtest/gtest.h>

#include <string>

#include "harness/base/rng.hpp"

namespace poolproof {
namespace {

Token sample() {
  Token token;
  token.allocator = "specimen.unsafe_splice";
  token.scenario = "shared_bucket";
  token.scope = {4, 8, 100};
  return token;
}

// What a replay needs: the steps up to the last one that is not the default.
Schedule essence(Schedule schedule) {
  while (!schedule.empty() && schedule.back().is_default) schedule.pop_back();
  for (Step& step : schedule) {
    step = {.value = step.is_default ? std::uint8_t{0} : step.value, .is_default = step.is_default};
  }
  return schedule;
}

void expect_round_trip(const Token& token) {
  const auto text = write_token(token);
  ASSERT_TRUE(text.has_value());
  EXPECT_LE(text->size(), 120u);
  const Token read = read_token(*text);
  EXPECT_EQ(read.allocator, token.allocator);
  EXPECT_EQ(read.scenario, token.scenario);
  EXPECT_EQ(read.scope.actors, token.scope.actors);
  EXPECT_EQ(read.scope.blocks, token.scope.blocks);
  EXPECT_EQ(read.scope.rounds, token.scope.rounds);
  EXPECT_EQ(read.change, token.change);
  EXPECT_EQ(read.stale_reads, token.stale_reads);
  EXPECT_EQ(read.memory, token.memory);
  EXPECT_EQ(read.stop_one_actor, token.stop_one_actor);
  EXPECT_EQ(read.seed, token.seed);
  EXPECT_EQ(read.execution, token.execution);
  EXPECT_EQ(read.schedule, essence(token.schedule));
}

TEST(Token, AChangedOrderComesBack) {
  for (const char* file : {"a.hpp", "b.c.hpp", "x=1.hpp"}) {
    for (const bool on_failure : {false, true}) {
      Token token = sample();
      token.change = OrderChange{{file, 1234, 56, on_failure}, std::memory_order_acq_rel};
      token.schedule = {{.value = 2, .is_default = false}};
      expect_round_trip(token);
      token.change->order = std::memory_order_relaxed;
      token.change->in_two = true;
      expect_round_trip(token);
    }
  }
}

TEST(Token, WithAStoppedActorComesBack) {
  for (const StaleReads stale_reads : {StaleReads::all, StaleReads::one}) {
    Token token = sample();
    token.stop_one_actor = true;
    token.stale_reads = stale_reads;
    token.schedule = {{.value = 2, .is_default = false}};
    expect_round_trip(token);
  }
  Token token = sample();
  token.stop_one_actor = true;
  token.seed = 7;
  token.execution = 8;
  expect_round_trip(token);
}

TEST(Token, OfRelacysMemoryComesBack) {
  for (const bool stop_one_actor : {false, true}) {
    Token token = sample();
    token.memory = Memory::relacy;
    token.stop_one_actor = stop_one_actor;
    token.schedule = {{.value = 2, .is_default = false}};
    expect_round_trip(token);
    token.execution = 8;
    token.schedule.clear();
    expect_round_trip(token);
  }
}

// Tokens from before searches and --lock-free got their present names.
TEST(Token, FromBeforeTheRenamesIsRead) {
  const std::string stopped = "pp1:locked:churn:2x1x1:SCCBiTj1";
  EXPECT_TRUE(read_token(stopped).stop_one_actor);
  EXPECT_EQ(write_token(read_token(stopped)), stopped);
  const std::string random = "pp1:specimen.no_nonce:batch:3x3x1:sBCBUhSRWvLka";
  EXPECT_FALSE(read_token(random).stop_one_actor);
  EXPECT_EQ(read_token(random).stale_reads, StaleReads::all);
  EXPECT_EQ(write_token(read_token(random)), random);
}

TEST(Token, AScheduleComesBack) {
  Rng rng(1, 1);
  for (int i = 0; i != 500; ++i) {
    Token token = sample();
    token.stale_reads = rng.below(2) == 0 ? StaleReads::one : StaleReads::all;
    for (std::uint32_t n = rng.below(30); n != 0; --n) {
      const std::uint32_t plain = rng.below(4) == 0 ? rng.below(600) : rng.below(20);
      token.schedule.insert(token.schedule.end(), plain, Step{});
      const std::uint32_t value = rng.below(8) == 0 ? rng.below(256) : rng.below(4);
      token.schedule.push_back({.kind = Step::Kind::user,
                                .value = static_cast<std::uint8_t>(value),
                                .is_default = false});
    }
    if (write_token(token)) expect_round_trip(token);
  }
}

TEST(Token, ARandomExecutionComesBack) {
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{64}, ~std::uint64_t{0}}) {
    Token token = sample();
    token.seed = number - 1;
    token.execution = number;
    expect_round_trip(token);
  }
}

TEST(Token, OneThatWouldBeTooLongIsNotWritten) {
  Token token = sample();
  token.schedule.assign(100, {.value = 1, .is_default = false});
  EXPECT_FALSE(write_token(token).has_value());
}

std::string error_of(const std::string& text) {
  try {
    read_token(text);
  } catch (const TokenError& error) {
    return error.what();
  }
  return "";
}

TEST(Token, EveryChangedCharacterIsNoticed) {
  Token token = sample();
  token.schedule = {{.value = 2, .is_default = false}, {}, {.value = 1, .is_default = false}};
  token.change = OrderChange{{"a.hpp", 12, 34, true}, std::memory_order_acquire};
  const std::string text = *write_token(token);
  for (std::size_t i = 0; i != text.size(); ++i) {
    for (const char c : {'A', 'x', ':', '9', ' ', '\xff'}) {
      std::string damaged = text;
      if (std::exchange(damaged[i], c) == c) continue;
      EXPECT_NE(error_of(damaged), "") << damaged;
    }
    EXPECT_NE(error_of(text.substr(0, i)), "") << i;
  }
  EXPECT_NE(error_of(text + "A"), "");
}

TEST(Token, SaysWhatIsWrong) {
  EXPECT_NE(error_of("hello").find("that is no token"), std::string::npos);
  EXPECT_NE(error_of("").find("that is no token"), std::string::npos);
  EXPECT_NE(error_of("pp2:lockless:churn:3x3x3:sAAAA").find("version pp2"), std::string::npos);
  EXPECT_NE(error_of("pp1:lockless:churn:3x3x3:sAAAA").find("checksum"), std::string::npos);
  EXPECT_NE(error_of(std::string(100'000, 'A')), "");
  Token nowhere = sample();
  nowhere.change = OrderChange{};
  EXPECT_NE(error_of(*write_token(nowhere)).find("its memory order is not like"),
            std::string::npos);
}

}  // namespace
}  // namespace poolproof
