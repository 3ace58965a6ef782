// Every oracle of the ledger is shown a forged violation.
#include "ledger.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace poolproof {
namespace {

constexpr std::size_t block_size = 32;

class LedgerTest : public testing::Test {
 protected:
  alignas(64) std::byte memory_[1024] = {};
  ViolationLog log_;
  Ledger ledger_{log_, memory_, sizeof memory_, block_size, 16};
  Ledger narrow_{log_, memory_, sizeof memory_, 8, 8};  // one canary word is the whole block

  std::string oracle() const { return log_.first() ? log_.first()->oracle : "none"; }
};

TEST_F(LedgerTest, AcceptsWhatIsRight) {
  for (int round = 0; round != 3; ++round) {
    ledger_.acquired(1, memory_);
    ledger_.acquired(2, memory_ + block_size);
    ledger_.passed(2, Ledger::bucket_owner, memory_ + block_size);
    ledger_.passed(Ledger::bucket_owner, 1, memory_ + block_size);
    ledger_.releasing(1, memory_ + block_size);
    ledger_.releasing(1, memory_);
  }
  narrow_.acquired(1, memory_ + 1016);
  narrow_.releasing(1, memory_ + 1016);
  EXPECT_EQ(oracle(), "none");
  EXPECT_FALSE(log_.failed());
}

TEST_F(LedgerTest, SeesASecondOwner) {
  ledger_.acquired(1, memory_);
  ledger_.acquired(2, memory_);
  EXPECT_EQ(oracle(), "ownership");
  EXPECT_EQ(log_.first()->message, "actor 1 got the block at offset 0, which actor 0 owns");
}

TEST_F(LedgerTest, SeesAStampThatWasOverwritten) {
  ledger_.acquired(1, memory_);
  ledger_.passed(1, 2, memory_);
  ledger_.releasing(1, memory_);
  EXPECT_EQ(oracle(), "ownership");
}

TEST_F(LedgerTest, SeesADoubleFree) {
  ledger_.acquired(1, memory_);
  ledger_.releasing(1, memory_);
  ledger_.releasing(1, memory_);
  EXPECT_EQ(oracle(), "ownership");
}

TEST_F(LedgerTest, SeesABlockTakenFromTheBucketTwice) {
  ledger_.acquired(1, memory_);
  ledger_.passed(1, Ledger::bucket_owner, memory_);
  ledger_.passed(Ledger::bucket_owner, 2, memory_);
  ledger_.passed(Ledger::bucket_owner, 3, memory_);
  EXPECT_EQ(oracle(), "ownership");
}

TEST_F(LedgerTest, SeesAWriteToTheFirstWordOfAPayload) {
  ledger_.acquired(1, memory_);
  memory_[3] ^= std::byte{1};
  ledger_.releasing(1, memory_);
  EXPECT_EQ(oracle(), "payload");
}

TEST_F(LedgerTest, SeesAWriteToTheLastWordOfAPayload) {
  ledger_.acquired(1, memory_);
  memory_[block_size - 1] ^= std::byte{1};
  ledger_.releasing(1, memory_);
  EXPECT_EQ(oracle(), "payload");
}

TEST_F(LedgerTest, SeesBlocksThatOverlap) {
  ledger_.acquired(1, memory_);
  ledger_.acquired(2, memory_ + block_size / 2);  // aligned, but inside the first
  ledger_.releasing(1, memory_);
  EXPECT_EQ(oracle(), "payload");
}

TEST_F(LedgerTest, SeesABlockOutsideTheMemory) {
  ledger_.acquired(1, memory_ + sizeof memory_);
  EXPECT_EQ(oracle(), "range");
}

TEST_F(LedgerTest, SeesABlockBeforeTheMemory) {
  ledger_.acquired(1, reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(memory_) - 16));
  EXPECT_EQ(oracle(), "range");
}

TEST_F(LedgerTest, SeesABlockThatEndsOutsideTheMemory) {
  ledger_.acquired(1, memory_ + sizeof memory_ - block_size / 2);
  EXPECT_EQ(oracle(), "range");
}

TEST_F(LedgerTest, SeesAMisalignedBlock) {
  ledger_.acquired(1, memory_ + 8);
  EXPECT_EQ(oracle(), "alignment");
}

TEST_F(LedgerTest, KeepsTheFirstViolationAndCountsRounds) {
  log_.report("first", "");
  log_.report("second", "");
  EXPECT_EQ(log_.failed_rounds(), 1U);
  log_.clear_round();
  EXPECT_FALSE(log_.failed());
  log_.report("third", "");
  EXPECT_EQ(oracle(), "first");
  EXPECT_EQ(log_.failed_rounds(), 2U);
}

TEST_F(LedgerTest, StampsOfFreePlacesNeverComeBack) {
  EXPECT_EQ(ledger_.stamp(2), 0U);
  ledger_.acquired(1, memory_ + block_size);
  ledger_.releasing(1, memory_ + block_size);
  const std::uint32_t once = ledger_.stamp(2);
  EXPECT_EQ(Ledger::owner_of(once), 0U);
  ledger_.acquired(1, memory_ + block_size);
  ledger_.releasing(1, memory_ + block_size);
  EXPECT_NE(ledger_.stamp(2), once);
  ledger_.clear();
  EXPECT_EQ(ledger_.stamp(2), 0U);
}

// Blocks that may lie anywhere: no range, but a number.
class LedgerAnywhereTest : public testing::Test {
 protected:
  alignas(64) std::byte memory_[1024] = {};
  ViolationLog log_;
  Ledger three_{log_, 3, block_size};
  Ledger any_{log_, 0, block_size};

  std::string oracle() const { return log_.first() ? log_.first()->oracle : "none"; }
  void* block(std::size_t i) { return memory_ + i * block_size; }
};

TEST_F(LedgerAnywhereTest, AcceptsWhatIsRight) {
  for (int life = 0; life != 2; ++life) {
    for (int round = 0; round != 3; ++round) {
      for (std::size_t i = 0; i != 3; ++i) three_.acquired(1, block(2 * i));
      three_.passed(1, 2, block(2));
      three_.releasing(2, block(2));
      three_.releasing(1, block(0));
      three_.releasing(1, block(4));
    }
    three_.clear();
    for (std::size_t i = 0; i != 3; ++i) three_.acquired(1, block(2 * i + 1));  // other ones
    three_.clear();
  }
  EXPECT_EQ(oracle(), "none");
}

TEST_F(LedgerAnywhereTest, SeesASecondOwner) {
  three_.acquired(1, block(1));
  three_.acquired(2, block(1));
  EXPECT_EQ(oracle(), "ownership");
}

TEST_F(LedgerAnywhereTest, SeesAWriteAfterFree) {
  any_.acquired(1, block(1));
  memory_[block_size] ^= std::byte{1};
  any_.releasing(1, block(1));
  EXPECT_EQ(oracle(), "payload");
}

TEST_F(LedgerAnywhereTest, SeesMoreBlocksThanThereAre) {
  for (std::size_t i = 0; i != 4; ++i) three_.acquired(1, block(i));
  EXPECT_EQ(oracle(), "range");
  EXPECT_EQ(log_.first()->message, "actor 0 got one more block than the 3 that there are");
}

TEST_F(LedgerAnywhereTest, SeesAMisalignedBlock) {
  any_.acquired(1, memory_ + 4);
  EXPECT_EQ(oracle(), "alignment");
}

TEST_F(LedgerAnywhereTest, SaysThatThereWereTooManyToWatch) {
  // Addresses alone: what is not watched is not touched.
  Ledger tiny(log_, 0, 8);
  std::vector<std::uint64_t> blocks(60'000);
  for (std::uint64_t& block : blocks) tiny.acquired(1, &block);
  EXPECT_TRUE(tiny.overflowed());
  EXPECT_FALSE(any_.overflowed());
  EXPECT_EQ(oracle(), "none");
}

}  // namespace
}  // namespace poolproof
