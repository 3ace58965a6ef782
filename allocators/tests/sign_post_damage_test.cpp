// What SignPostAllocator finds of damage and of wrong pointers, in every build; and that its own
// audit, violation(), can find something.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "../locked_sign_post_allocator.hpp"
#include "../sign_post_allocator.hpp"
#include "test_base.hpp"
#include "test_pieces.hpp"

namespace poolproof::test {
namespace {

// Five pieces in a row, a to e, with nothing free but what lies behind them.
template <class Pool>
class Damage : public ::testing::Test {
 protected:
  static constexpr std::size_t size = 104;

  Damage() {
    EXPECT_TRUE(pool_.init(buffer_.data(), buffer_.size()));
    for (std::byte*& piece : pieces_) {
      piece = static_cast<std::byte*>(pool_.alloc(size));
      std::memset(piece, 0, size);
    }
  }
  void take() { EXPECT_NE(pool_.alloc(size), nullptr); }
  // Writes so many bytes past the end of a piece, other than what lies there.
  void overflow(std::byte* piece, std::size_t bytes, std::byte flip = std::byte{0xFF}) {
    for (std::byte* at = piece + pool_.size_of(piece); bytes != 0; --bytes) *at++ ^= flip;
  }

  GuardedBuffer buffer_{4096};
  Pool pool_;
  std::array<std::byte*, 5> pieces_{};
  std::byte*& a_ = pieces_[0];
  std::byte*& b_ = pieces_[1];
  std::byte*& c_ = pieces_[2];
  std::byte*& d_ = pieces_[3];
};
using DamagedPools =
    ::testing::Types<SignPostAllocator, WideSignPostAllocator, LockedSignPostAllocator<>>;
struct DamagedNames {
  template <class Pool>
  static std::string GetName(int) {
    if (std::is_same_v<Pool, SignPostAllocator>) return "Narrow";
    return std::is_same_v<Pool, WideSignPostAllocator> ? "Wide" : "Locked";
  }
};
TYPED_TEST_SUITE(Damage, DamagedPools, DamagedNames);

// The line that the program stops with.
#define EXPECT_STOPS(statement, what) EXPECT_DEATH(statement, "poolproof: " what)
#define ALREADY "free: the piece is free already"
#define FOREIGN "free: not a piece of this pool"

TYPED_TEST(Damage, OneByteTooFarIsFoundFromBothSides) {
  for (const int flip : {1, 0x80, 0xFF}) {
    const auto one_byte = static_cast<std::byte>(flip);
    EXPECT_STOPS((this->overflow(this->b_, 1, one_byte), this->pool_.free(this->b_)),
                 "free: a sign post is damaged.*sign post pool 0x.*, at 0x");
    EXPECT_STOPS((this->overflow(this->b_, 1, one_byte), this->pool_.free(this->c_)),
                 "free: a sign post is damaged");
  }
}

TYPED_TEST(Damage, AnyByteOfAPostIsFoundFromBothSides) {
  for (std::size_t i = 0; i != TypeParam::post_bytes; ++i) {
    std::byte& byte = *(this->c_ - 1 - i);
    const std::byte before = byte;
    byte ^= std::byte{8};
    EXPECT_NE(this->pool_.violation(), nullptr) << i;
    if (i % 3 == 0) {
      EXPECT_STOPS(this->pool_.free(this->c_), "free: ");
      // The arm that looks ahead is compared by those beside the segment that it looks at.
      std::byte* beside = i < TypeParam::post_bytes / 2 ? this->d_ : this->b_;
      EXPECT_STOPS(this->pool_.free(beside), "free: a sign post is damaged");
    }
    byte = before;
    EXPECT_EQ(this->pool_.violation(), nullptr);
  }
}

TYPED_TEST(Damage, AWriteOfAnyLengthIsFound) {
  for (const std::size_t bytes : Sizes{2, 4, 8, 16, 24, 104}) {
    EXPECT_STOPS((this->overflow(this->b_, bytes), this->pool_.free(this->b_)),
                 "free: a sign post is damaged");
  }
  EXPECT_STOPS((std::memset(this->b_, 0, 200), this->pool_.free(this->b_)), "free: a sign post is");
  EXPECT_STOPS((std::memset(this->b_, 0xFF, 200), this->pool_.free(this->c_)), "free: a sign post");
}

TYPED_TEST(Damage, ADamagedPostOfAFreeSegmentIsFound) {
  this->pool_.free(this->c_);
  EXPECT_STOPS((this->overflow(this->b_, 1), this->pool_.free(this->b_)), "free: a sign post is");
  EXPECT_STOPS((this->overflow(this->b_, 1), this->take()), "alloc: a sign post is damaged");
  EXPECT_STOPS((this->overflow(this->b_, TypeParam::post_bytes), this->take()),
               "alloc: a sign post is damaged");
  EXPECT_STOPS((this->d_[-1] ^= std::byte{1}, this->pool_.free(this->d_)), "free: ");
}

TYPED_TEST(Damage, AWriteIntoAFreePieceIsFoundIfItHitsTheLinks) {
  void* somewhere = &somewhere;
  this->pool_.free(this->b_);
  std::memcpy(this->b_ + sizeof(void*), &somewhere, sizeof somewhere);
  EXPECT_NE(this->pool_.violation(), nullptr);
  EXPECT_STOPS(static_cast<void>(this->take()), ".*links in a free segment");
  EXPECT_STOPS(this->pool_.free(this->a_), ".*links in a free segment");
}

TYPED_TEST(Damage, ASecondFreeStopsWhateverWasMerged) {
  EXPECT_STOPS((this->pool_.free(this->b_), this->pool_.free(this->b_)), ALREADY);
  EXPECT_STOPS((this->pool_.free(this->a_), this->pool_.free(this->b_), this->pool_.free(this->b_)),
               ALREADY);
  EXPECT_STOPS((this->pool_.free(this->c_), this->pool_.free(this->b_), this->pool_.free(this->b_)),
               ALREADY);
  EXPECT_STOPS((this->pool_.free(this->c_), this->pool_.free(this->b_), this->pool_.free(this->c_)),
               ALREADY);
  EXPECT_STOPS((this->pool_.free(this->a_), this->pool_.free(this->c_), this->pool_.free(this->b_),
                this->pool_.free(this->c_)),
               ALREADY);
  EXPECT_STOPS((this->pool_.free(this->b_), this->pool_.size_of(this->b_)),
               "size_of: the piece is free already");
}

// Also when the place is in the midst of somebody else's piece by now.
TYPED_TEST(Damage, ASecondFreeStopsWhenAnotherPieceCoversThePlace) {
  this->pool_.free(this->a_);
  this->pool_.free(this->b_);
  void* both = this->pool_.alloc(2 * this->size);
  ASSERT_EQ(both, this->a_);
  EXPECT_STOPS(this->pool_.free(this->b_), "free: ");
  EXPECT_STOPS((std::memset(both, 0, 2 * this->size), this->pool_.free(this->b_)),
               "free: no piece starts here");
  this->pool_.free(both);
  EXPECT_EQ(this->pool_.violation(), nullptr);
}

TYPED_TEST(Damage, APointerIntoAPieceStops) {
  for (const std::size_t offset : Sizes{1, 4, 8}) {
    EXPECT_STOPS(this->pool_.free(this->b_ + offset), "free: not a piece of this pool");
  }
  EXPECT_STOPS(this->pool_.free(this->b_ + 16), "free: no piece starts here");
  EXPECT_STOPS(this->pool_.free(this->b_ + 96), "free: no piece starts here");
  // Bytes that might be taken for posts.
  for (const std::uint32_t word : {0u, 1u, 16u, 17u, 32u, 33u, 49u, 113u, ~0u}) {
    std::array<std::uint32_t, 26> words;
    words.fill(word);
    std::memcpy(this->b_, words.data(), this->size);
    EXPECT_STOPS(this->pool_.free(this->b_ + 48), "free: no piece starts here") << word;
  }
  const std::size_t row = this->pool_.size_of(this->a_);
  std::memcpy(this->b_ + 16 - TypeParam::post_bytes, this->a_ - TypeParam::post_bytes,
              row - 16);  // the post of another piece, and what lies behind it
  EXPECT_STOPS(this->pool_.free(this->b_ + 16), "free: no piece starts here");
}

TYPED_TEST(Damage, AForeignPointerStops) {
  alignas(16) std::array<std::byte, 64> local{};
  EXPECT_STOPS(this->pool_.free(local.data() + 16), FOREIGN);
  EXPECT_STOPS(this->pool_.free(this->buffer_.data()), FOREIGN);
  EXPECT_STOPS(this->pool_.free(this->buffer_.data() + this->buffer_.size()), FOREIGN);
  EXPECT_STOPS(this->pool_.free(reinterpret_cast<void*>(64)), FOREIGN);
  EXPECT_STOPS(this->pool_.free(&this->pool_), FOREIGN);
  TypeParam other;
  EXPECT_STOPS(other.free(this->a_), FOREIGN);
  EXPECT_STOPS(this->pool_.size_of(local.data() + 16), "size_of: not a piece of this pool");
}

TYPED_TEST(Damage, AForeignPointerStopsWhereThereAreManyChunks) {
  CountingBase base;
  TypeParam pool(base, 256);
  std::vector<std::byte*> pieces;
  for (int i = 0; i != 50; ++i) pieces.push_back(static_cast<std::byte*>(pool.alloc(100)));
  EXPECT_EQ(pool.violation(), nullptr);
  EXPECT_GE(base.live(), 20u);
  EXPECT_STOPS(pool.free(this->a_), "free: not a piece of this pool");
  EXPECT_STOPS(pool.free(pieces[7] + 16), "free: no piece starts here");
  EXPECT_STOPS((pool.free(pieces[31]), pool.free(pieces[31])), "free: the piece is free already");
  EXPECT_STOPS((*(pieces[20] + pool.size_of(pieces[20])) ^= std::byte{1}, pool.free(pieces[20])),
               "free: a sign post is damaged");
  for (std::byte* piece : pieces) pool.free(piece);
}

// Pieces of a pool that was here before are no pieces of this one.
TYPED_TEST(Damage, APieceOfTheLastLifeStops) {
  this->pool_.deinit();
  EXPECT_STOPS(this->pool_.free(this->b_), "free: not a piece of this pool");
  ASSERT_TRUE(this->pool_.init(this->buffer_.data(), this->buffer_.size()));
  EXPECT_STOPS(this->pool_.free(this->b_), "free: no piece starts here");
}

TYPED_TEST(Damage, TheAuditSeesEveryBitOfAPostAndALink) {
  this->pool_.free(this->b_);
  this->pool_.free(this->d_);
  ASSERT_EQ(this->pool_.violation(), nullptr);
  std::size_t seen = 0;
  std::size_t holder_bits = 0;
  const auto flip = [&](std::byte* at) {
    for (int bit = 0; bit != 8; ++bit) {
      *at ^= std::byte{1} << bit;
      if (this->pool_.violation() != nullptr) ++seen;
      *at ^= std::byte{1} << bit;
    }
  };
  for (std::byte* piece : this->pieces_) {
    for (std::size_t i = 1; i <= TypeParam::post_bytes; ++i) flip(piece - i);
  }
  // Of the links those to what leads here; the others, followed, would lead anywhere.
  for (std::byte* piece : {this->b_, this->d_}) {
    for (std::size_t i = 0; i != sizeof(void*); ++i) flip(piece + sizeof(void*) + i);
    holder_bits += 8 * sizeof(void*);
  }
  EXPECT_EQ(seen, 5 * 8 * TypeParam::post_bytes + holder_bits);
  EXPECT_EQ(this->pool_.violation(), nullptr);
}

}  // namespace
}  // namespace poolproof::test
