#include "../sizes.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace poolproof::test {
namespace {

constexpr std::size_t half = size_overflow / 2 + 1;  // 2^63

TEST(Sizes, AlignUp) {
  for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    for (std::size_t value = 0; value != 5000; ++value) {
      const std::size_t up = align_up(value, alignment);
      ASSERT_EQ(up % alignment, 0u);
      ASSERT_GE(up, value);
      ASSERT_LT(up - value, alignment);
    }
  }
}

TEST(Sizes, AlignUpSaysWhenItDoesNotFit) {
  EXPECT_EQ(align_up(size_overflow, 8), size_overflow);
  EXPECT_EQ(align_up(size_overflow - 6, 8), size_overflow);
  EXPECT_EQ(align_up(size_overflow - 7, 8), size_overflow - 7);
  EXPECT_EQ(align_up(half, half), half);
  EXPECT_EQ(align_up(half + 1, half), size_overflow);
  EXPECT_EQ(align_up(size_overflow - 1, 1), size_overflow - 1);
}

TEST(Sizes, Add) {
  EXPECT_EQ(size_add(2, 3), 5u);
  EXPECT_EQ(size_add(half, half - 2), size_overflow - 1);
  EXPECT_EQ(size_add(half, half), size_overflow);
  EXPECT_EQ(size_add(size_overflow, 0), size_overflow);
  EXPECT_EQ(size_add(0, size_overflow), size_overflow);
  EXPECT_EQ(size_add(size_overflow, 1), size_overflow);
  EXPECT_EQ(size_add(1, size_overflow), size_overflow);
  EXPECT_EQ(size_add(size_overflow, size_overflow), size_overflow);
}

TEST(Sizes, Multiply) {
  EXPECT_EQ(size_mul(6, 7), 42u);
  EXPECT_EQ(size_mul(0, 7), 0u);
  EXPECT_EQ(size_mul(7, 0), 0u);
  EXPECT_EQ(size_mul(half / 2, 3), half + half / 2);
  EXPECT_EQ(size_mul(half, 2), size_overflow);
  EXPECT_EQ(size_mul(2, half), size_overflow);
  EXPECT_EQ(size_mul(half + 1, 2), size_overflow) << "the low bits alone would look fine";
  EXPECT_EQ(size_mul(size_overflow, 1), size_overflow);
  EXPECT_EQ(size_mul(1, size_overflow), size_overflow);
  EXPECT_EQ(size_mul(size_overflow, size_overflow), size_overflow);
}

TEST(Sizes, BytesToAlignment) {
  alignas(256) static std::byte memory[512];
  for (std::size_t alignment = 1; alignment <= 256; alignment *= 2) {
    for (std::size_t offset = 0; offset != 256; ++offset) {
      const std::size_t skip = bytes_to_alignment(memory + offset, alignment);
      ASSERT_LT(skip, alignment);
      ASSERT_EQ((address(memory) + offset + skip) % alignment, 0u);
    }
  }
}

TEST(InitResult, IsTrueWithoutAnErrorOnly) {
  EXPECT_TRUE(InitResult());
  EXPECT_EQ(InitResult().error(), InitError::none);
  for (unsigned char code = 1; code <= static_cast<unsigned char>(InitError::base_refused);
       ++code) {
    const InitResult result(static_cast<InitError>(code), 17);
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error(), static_cast<InitError>(code));
    EXPECT_EQ(result.minimum_bytes(), 17u);
    EXPECT_EQ(result.right(), 17u);
  }
}

TEST(InitResult, EachErrorHasAMessageOfItsOwn) {
  for (unsigned char a = 0; a <= static_cast<unsigned char>(InitError::base_refused); ++a) {
    const std::string message = InitResult(static_cast<InitError>(a)).message().c_str();
    EXPECT_NE(message, "unknown");
    for (unsigned char b = 0; b != a; ++b) {
      EXPECT_NE(message, InitResult(static_cast<InitError>(b)).message().c_str());
    }
  }
}

TEST(InitResult, TellsTheNumberThatWouldBeRight) {
  EXPECT_STREQ(InitResult(InitError::buffer_too_small, 4160).message().c_str(),
               "the buffer is too small for one block; enough are bytes: 4160");
  EXPECT_STREQ(bad_alignment(24).message().c_str(),
               "the alignment is not a power of two; the next one is 32");
  EXPECT_STREQ(InitResult(InitError::too_large).message().c_str(),
               "more bytes in one piece than this allocator can tell apart");
  const std::string longest = InitResult(InitError::too_large, size_overflow).message().c_str();
  EXPECT_TRUE(longest.ends_with("at most " + std::to_string(size_overflow)));
  EXPECT_EQ(bad_alignment(0).right(), 1u);
  EXPECT_EQ(bad_alignment(size_overflow).right(), size_overflow / 2 + 1);
}

}  // namespace
}  // namespace poolproof::test
