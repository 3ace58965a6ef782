// Arithmetic on sizes and addresses that says when it overflows, and the result of init.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace poolproof {

// Values that cannot be represented come out as this; no real size reaches it.
inline constexpr std::size_t size_overflow = std::numeric_limits<std::size_t>::max();

// value rounded up to a multiple of alignment (a power of two); size_overflow when it does not fit.
constexpr std::size_t align_up(std::size_t value, std::size_t alignment) noexcept {
  const std::size_t rounded = (value + alignment - 1) & ~(alignment - 1);
  return rounded < value ? size_overflow : rounded;
}

// a + b and a * b; size_overflow when the result does not fit. So an operand that is size_overflow
// stays so, unless it is multiplied by 0.
constexpr std::size_t size_add(std::size_t a, std::size_t b) noexcept {
  return b > size_overflow - a ? size_overflow : a + b;
}
constexpr std::size_t size_mul(std::size_t a, std::size_t b) noexcept {
  return a != 0 && b > size_overflow / a ? size_overflow : a * b;
}

// The smallest power of two that is not below value, or the largest of all.
constexpr std::size_t next_power_of_two(std::size_t value) noexcept {
  constexpr std::size_t largest = size_overflow / 2 + 1;
  return value > largest ? largest : std::bit_ceil(value);
}

inline std::uintptr_t address(const void* pointer) noexcept {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

// Bytes to skip from pointer to the first address aligned to alignment (a power of two).
inline std::size_t bytes_to_alignment(const void* pointer, std::size_t alignment) noexcept {
  return static_cast<std::size_t>(-address(pointer)) & (alignment - 1);
}

enum class InitError : unsigned char {
  none,
  already_initialised,
  zero_size,
  bad_alignment,
  overflow,
  null_buffer,
  buffer_too_small,
  too_many_blocks,
  base_refused,
  too_large,
  bad_leaf_size,
  not_a_pool,
};

// The text of an InitResult for a log: one line, without a newline.
class InitMessage {
 public:
  // number: behind the label; 0: neither is there.
  constexpr InitMessage(const char* what, const char* label = "", std::size_t number = 0) noexcept {
    append(what);
    if (number == 0) return;
    append(label);
    char digits[24] = {};
    char* first = digits + sizeof digits - 1;
    for (; number != 0; number /= 10) *--first = static_cast<char>('0' + number % 10);
    append(first);
  }
  constexpr const char* c_str() const noexcept { return text_; }

 private:
  constexpr void append(const char* text) noexcept {
    for (; *text != '\0' && size_ != sizeof text_ - 1; ++text) text_[size_++] = *text;
  }

  char text_[120] = {};
  std::size_t size_ = 0;
};

// What init answers. On any error the allocator is left as it was: invalid, or (for
// already_initialised) untouched and in use.
class [[nodiscard]] InitResult {
 public:
  constexpr InitResult() noexcept = default;
  constexpr InitResult(InitError error, std::size_t right = 0) noexcept
      : error_(error), right_(right) {}

  constexpr explicit operator bool() const noexcept { return error_ == InitError::none; }
  constexpr InitError error() const noexcept { return error_; }

  // The number that would have been right, which message() tells too; 0 where there is none.
  constexpr std::size_t right() const noexcept { return right_; }
  // With buffer_too_small: a size in bytes that is enough for one block, wherever the buffer lies.
  constexpr std::size_t minimum_bytes() const noexcept { return right_; }

  constexpr InitMessage message() const noexcept {
    switch (error_) {
      case InitError::none:
        return "ok";
      case InitError::already_initialised:
        return "already initialised; call deinit first";
      case InitError::zero_size:
        return "a size or count is zero; it must be at least 1";
      case InitError::bad_alignment:
        return {"the alignment is not a power of two", "; the next one is ", right_};
      case InitError::overflow:
        return "the size times the count, or the alignment, does not fit in size_t";
      case InitError::null_buffer:
        return "the buffer is null";
      case InitError::buffer_too_small:
        return {"the buffer is too small for one block", "; enough are bytes: ", right_};
      case InitError::too_many_blocks:
        return {"more blocks than this allocator can number", "; it can number ", right_};
      case InitError::base_refused:
        return {"the base allocator refused", " to give bytes: ", right_};
      case InitError::too_large:
        return {"more bytes in one piece than this allocator can tell apart", "; at most ", right_};
      case InitError::bad_leaf_size:
        return {"the leaf size is not a power of two of at least 8", "; the next one is ", right_};
      case InitError::not_a_pool:
        return "the memory holds no pool of this kind; call init in one process first";
    }
    return "unknown";
  }

 private:
  InitError error_ = InitError::none;
  std::size_t right_ = 0;
};

// The error of an alignment that is no power of two.
constexpr InitResult bad_alignment(std::size_t alignment) noexcept {
  return {InitError::bad_alignment, next_power_of_two(alignment)};
}

}  // namespace poolproof
