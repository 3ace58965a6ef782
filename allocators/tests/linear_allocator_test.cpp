// LinearAllocator, AsyncLinearAllocator and the static ones: what they share, and what is the
// async one's own.
#include "../linear_allocator.hpp"

#include <gtest/gtest.h>

#include "../async_linear_allocator.hpp"
#include "../static_allocator.hpp"
#include "test_base.hpp"

namespace poolproof::test {
namespace {

using AsyncLinear = AsyncLinearAllocator<>;
constexpr std::size_t capacity = 4096;
constexpr std::size_t alignment = 64;

struct LinearNames {
  template <class T>
  static std::string GetName(int) {
    const char* async = std::is_same_v<T, AsyncLinear> ||
                                std::is_same_v<T, AsyncStaticAllocator<capacity, alignment>>
                            ? "Async"
                            : "";
    return async + std::string(std::is_default_constructible_v<T> &&
                                       std::is_constructible_v<T, void*, std::size_t>
                                   ? "Linear"
                                   : "Static");
  }
};

// A linear allocator with capacity bytes, aligned to alignment.
template <class T>
struct Holder {
  alignas(alignment) std::byte memory[capacity];
  T linear{memory, capacity, alignment};
};
template <class L>
struct Holder<BasicStaticAllocator<L, capacity, alignment>> {
  BasicStaticAllocator<L, capacity, alignment> linear;
};

template <class T>
class AnyLinear : public ::testing::Test {
 protected:
  Holder<T> holder_ = {};
  T& linear_ = holder_.linear;
};
using AllLinear =
    ::testing::Types<LinearAllocator, AsyncLinear, StaticAllocator<capacity, alignment>,
                     AsyncStaticAllocator<capacity, alignment>>;
TYPED_TEST_SUITE(AnyLinear, AllLinear, LinearNames);

TYPED_TEST(AnyLinear, AllocatorInterface) {
  Allocator& base = this->linear_;
  EXPECT_EQ(this->linear_.capacity(), capacity);
  EXPECT_EQ(this->linear_.alignment(), alignment);
  EXPECT_EQ(base.alloc(0), nullptr);
  EXPECT_EQ(base.alloc_aligned(0, 8), nullptr);
  for (const std::size_t bad : Sizes{0, 3, 24, 65}) EXPECT_EQ(base.alloc_aligned(8, bad), nullptr);
  for (const std::size_t large : Sizes{capacity + 1, huge / 2, huge - 63, huge}) {
    EXPECT_EQ(base.alloc(large), nullptr);
    EXPECT_EQ(base.alloc_aligned(large, 1), nullptr);
    EXPECT_EQ(base.alloc_aligned(large, 4096), nullptr);
  }
  EXPECT_EQ(base.alloc_aligned(1, huge / 2 + 1), nullptr);
  EXPECT_EQ(this->linear_.used(), 0u) << "a refused request moved the offset";
  EXPECT_EQ(this->linear_.peak(), 0u);
  void* piece = base.alloc(100);
  ASSERT_NE(piece, nullptr);
  EXPECT_EQ(address(piece) % alignment, 0u);
  EXPECT_TRUE(base.owns(piece));
  EXPECT_TRUE(base.owns(static_cast<std::byte*>(piece) + capacity - 1));
  EXPECT_FALSE(base.owns(static_cast<std::byte*>(piece) + capacity));
  EXPECT_FALSE(base.owns(static_cast<std::byte*>(piece) - 1));
  EXPECT_FALSE(base.owns(nullptr));
  const std::size_t used = this->linear_.used();
  base.free(nullptr);
  base.free(piece);
  base.free(piece);  // twice: harmless, as nothing comes of one
  EXPECT_EQ(this->linear_.used(), used) << "free takes nothing back";
}

TYPED_TEST(AnyLinear, UsesTheLastByteAndNoMore) {
  ASSERT_NE(this->linear_.alloc(capacity), nullptr) << "the whole of it in one piece";
  EXPECT_EQ(this->linear_.used(), capacity);
  EXPECT_EQ(this->linear_.alloc(1), nullptr);
  this->linear_.reset();
  for (std::size_t i = 0; i != capacity / alignment; ++i) {
    auto* piece = static_cast<std::byte*>(this->linear_.alloc(alignment));
    ASSERT_NE(piece, nullptr);
    ASSERT_TRUE(this->linear_.owns(piece) && this->linear_.owns(piece + alignment - 1));
    std::memset(piece, 1, alignment);
  }
  EXPECT_EQ(this->linear_.alloc(1), nullptr);
  EXPECT_EQ(this->linear_.alloc_aligned(1, 1), nullptr);
  EXPECT_EQ(this->linear_.used(), capacity);
}

TYPED_TEST(AnyLinear, ATooLargeRequestCostsNothingWhileASmallOneFits) {
  ASSERT_NE(this->linear_.alloc(capacity - alignment), nullptr);
  EXPECT_EQ(this->linear_.alloc(alignment + 1), nullptr);
  EXPECT_EQ(this->linear_.used(), capacity - alignment);
  EXPECT_NE(this->linear_.alloc(alignment), nullptr);
  EXPECT_EQ(this->linear_.used(), capacity);
}

TYPED_TEST(AnyLinear, AlignsAboveAndBelowTheDefault) {
  std::byte* before = nullptr;
  for (const std::size_t wanted : Sizes{1, 64, 128, 256, 512, 8, 128}) {
    auto* piece = static_cast<std::byte*>(this->linear_.alloc_aligned(24, wanted));
    ASSERT_NE(piece, nullptr) << wanted;
    EXPECT_EQ(address(piece) % wanted, 0u);
    EXPECT_TRUE(this->linear_.owns(piece) && this->linear_.owns(piece + 23));
    if (before != nullptr) {
      EXPECT_GE(piece, before + 24);
    }
    before = piece;
  }
  EXPECT_EQ(address(this->linear_.alloc(1)) % alignment, 0u) << "back to the default";
}

TYPED_TEST(AnyLinear, ResetTakesEverythingBackAndPeakStays) {
  void* first = this->linear_.alloc(1024);
  EXPECT_EQ(this->linear_.peak(), 1024u);
  this->linear_.reset();
  EXPECT_EQ(this->linear_.used(), 0u);
  EXPECT_EQ(this->linear_.peak(), 1024u);
  EXPECT_EQ(this->linear_.alloc(512), first) << "from the start again";
  EXPECT_EQ(this->linear_.used(), 512u);
  EXPECT_EQ(this->linear_.peak(), 1024u);
  EXPECT_NE(this->linear_.alloc(1024), nullptr);
  EXPECT_EQ(this->linear_.peak(), 1536u);
  this->linear_.reset();
  this->linear_.reset();
  EXPECT_EQ(this->linear_.peak(), 1536u);
}

template <class T>
class InitLinear : public ::testing::Test {
 protected:
  CountingBase base_;
  T linear_;
};
using InitTypes = ::testing::Types<LinearAllocator, AsyncLinear>;
TYPED_TEST_SUITE(InitLinear, InitTypes, LinearNames);

TYPED_TEST(InitLinear, NotInitialised) {
  EXPECT_FALSE(this->linear_.valid());
  EXPECT_EQ(this->linear_.alloc(1), nullptr);
  EXPECT_EQ(this->linear_.alloc_aligned(1, 1), nullptr);
  EXPECT_EQ(this->linear_.alloc_aligned(1, 4096), nullptr);
  EXPECT_EQ(this->linear_.capacity(), 0u);
  EXPECT_FALSE(this->linear_.owns(nullptr));
  EXPECT_FALSE(this->linear_.owns(&this->linear_));
  this->linear_.reset();
  this->linear_.deinit();
}

TYPED_TEST(InitLinear, Errors) {
  GuardedBuffer buffer(1024);
  TypeParam& linear = this->linear_;
  void* data = buffer.data();
  EXPECT_EQ(linear.init(data, 0).error(), InitError::zero_size);
  EXPECT_EQ(linear.init(data, 1024, 0).error(), InitError::bad_alignment);
  EXPECT_EQ(linear.init(data, 1024, 48).error(), InitError::bad_alignment);
  EXPECT_EQ(linear.init(nullptr, 1024).error(), InitError::null_buffer);
  EXPECT_EQ(linear.init(data, 15).error(), InitError::buffer_too_small);
  EXPECT_EQ(linear.init(this->base_, 0).error(), InitError::zero_size);
  EXPECT_EQ(linear.init(this->base_, 64, 48).error(), InitError::bad_alignment);
  EXPECT_EQ(linear.init(this->base_, huge).error(), InitError::overflow);
  EXPECT_EQ(linear.init(this->base_, huge - 14, 16).error(), InitError::overflow);
  EXPECT_EQ(this->base_.requests(), 0u);
  this->base_.refuse_from(1);
  EXPECT_EQ(linear.init(this->base_, 64).error(), InitError::base_refused);
  EXPECT_FALSE(linear.valid());
  EXPECT_EQ(linear.alloc(1), nullptr);

  ASSERT_TRUE(linear.init(data, 1024)) << "a failed init must not get in the way";
  EXPECT_NE(linear.alloc(1000), nullptr);
  EXPECT_EQ(linear.init(data, 1024).error(), InitError::already_initialised);
  EXPECT_EQ(linear.init(this->base_, 64).error(), InitError::already_initialised);
  EXPECT_EQ(linear.alloc(100), nullptr) << "a second init must change nothing";
}

TYPED_TEST(InitLinear, MinimumBytesIsEnoughAtEveryOffsetAndOneLessIsNot) {
  GuardedBuffer memory(256);
  for (const std::size_t wanted : Sizes{2, 8, 16, 64}) {
    const std::size_t minimum = this->linear_.init(memory.data(), 1, wanted).minimum_bytes();
    std::size_t refused = 0;
    for (std::size_t offset = 0; offset != 64; ++offset) {
      ASSERT_TRUE(this->linear_.init(memory.data() + offset, minimum, wanted));
      EXPECT_NE(this->linear_.alloc(wanted), nullptr);
      this->linear_.deinit();
      const InitResult less = this->linear_.init(memory.data() + offset, minimum - 1, wanted);
      if (less.error() == InitError::buffer_too_small) ++refused;
      this->linear_.deinit();
    }
    EXPECT_GE(refused, 1u) << "one byte less was enough everywhere";
  }
}

TYPED_TEST(InitLinear, MisalignedBufferIsUsedFromItsFirstAlignedByte) {
  for (const std::size_t wanted : Sizes{1, 8, 64}) {
    for (std::size_t offset = 0; offset != 64; ++offset) {
      GuardedBuffer buffer(500, offset);
      ASSERT_TRUE(this->linear_.init(buffer.data(), buffer.size(), wanted));
      const std::size_t skip = (wanted - offset % wanted) % wanted;
      EXPECT_EQ(this->linear_.capacity(), (500 - skip) / wanted * wanted);
      auto* first = static_cast<std::byte*>(this->linear_.alloc(this->linear_.capacity()));
      ASSERT_EQ(first, buffer.data() + skip);
      std::memset(first, 0, this->linear_.capacity());
      EXPECT_TRUE(buffer.guards_intact());
      this->linear_.deinit();
    }
  }
}

TYPED_TEST(InitLinear, OneChunkFromTheBaseAndBackAgain) {
  for (const std::size_t wanted : Sizes{1, 16, 4096}) {
    ASSERT_TRUE(this->linear_.init(this->base_, 1000, wanted));
    EXPECT_EQ(this->linear_.capacity(), align_up(1000, wanted));
    void* piece = this->linear_.alloc(1000);
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(address(piece) % wanted, 0u);
    std::memset(piece, 0, 1000);
    this->linear_.reset();
    EXPECT_EQ(this->base_.live(), 1u);
    this->linear_.deinit();
    EXPECT_EQ(this->base_.live(), 0u);
    this->linear_.deinit();
    EXPECT_EQ(this->linear_.alloc(1), nullptr);
    EXPECT_EQ(this->linear_.peak(), 0u);
  }
  { TypeParam raii(this->base_, 64); }
  EXPECT_EQ(this->base_.requests(), 4u);
  EXPECT_EQ(this->base_.frees(), 4u);
}

TYPED_TEST(InitLinear, IsABaseForPools) {
  ASSERT_TRUE(this->linear_.init(this->base_, 4096, 64));
  BlockAllocator plain(this->linear_, 24, 8, 10);
  LocklessBlockAllocator<> lockless(this->linear_, 24, 8, 10);
  EXPECT_EQ(drain(plain, 20).size(), 20u);
  const std::vector<void*> blocks = drain(lockless);  // to the end of the buffer
  EXPECT_GE(blocks.size(), 30u);
  expect_sound(lockless, blocks);
}

TEST(LinearAllocator, SizesAreNotRounded) {
  Holder<LinearAllocator> holder;
  LinearAllocator& linear = holder.linear;
  ASSERT_NE(linear.alloc(capacity - 1), nullptr);
  EXPECT_EQ(linear.used(), capacity - 1);
  EXPECT_EQ(linear.alloc(1), nullptr) << "one byte is left, but it is not aligned";
  EXPECT_EQ(linear.alloc_aligned(1, 1), holder.memory + capacity - 1);
  EXPECT_EQ(linear.alloc_aligned(1, 1), nullptr);
  EXPECT_EQ(linear.used(), capacity);
}

}  // namespace
}  // namespace poolproof::test
