// PlainVar: a backend's variable with the face of a plain one, for code that came through an Atom.
// Reads and writes are conversions and assignments, as of the T that it is in production; get and
// set do the same, and tell the model check their place in the source.
#pragma once

#include <type_traits>

#include "atom.hpp"

namespace poolproof {

// Base<W>: the backend's variable. Where: a source_location, or NoWhere.
template <class T, template <class> class Base, class Where>
class PlainVar {
  static_assert(std::is_trivially_copyable_v<T> && std::has_single_bit(sizeof(T)) && sizeof(T) <= 8,
                "a var holds what can be copied as 1, 2, 4 or 8 bytes");
  using Word = typename WordOf<T>::type;
  static constexpr bool located = !std::same_as<Where, NoWhere>;

 public:
  using value_type = T;

  PlainVar() noexcept : base_(Word{}) {}
  PlainVar(T value) noexcept : base_(std::bit_cast<Word>(value)) {}
  PlainVar(const PlainVar& other) noexcept : PlainVar(other.get(Where{})) {}
  PlainVar& operator=(const PlainVar& other) noexcept {
    set(other.get(Where{}), Where{});
    return *this;
  }

  T get(Where where = Where::current()) const noexcept {
    if constexpr (located) return std::bit_cast<T>(base_.get(where));
    return std::bit_cast<T>(base_.get());
  }
  void set(T value, Where where = Where::current()) noexcept {
    if constexpr (located) return base_.set(std::bit_cast<Word>(value), where);
    base_.set(std::bit_cast<Word>(value));
  }

  operator T() const noexcept { return get(Where{}); }
  T operator=(T value) noexcept {
    set(value, Where{});
    return value;
  }
  T operator->() const noexcept requires std::is_pointer_v<T> { return get(Where{}); }
  T operator++() noexcept { return *this = static_cast<T>(get(Where{}) + 1); }
  T operator--() noexcept { return *this = static_cast<T>(get(Where{}) - 1); }
  T operator++(int) noexcept { return static_cast<T>(++*this - 1); }
  T operator--(int) noexcept { return static_cast<T>(--*this + 1); }
  template <class Other>
  T operator+=(Other n) noexcept {
    return *this = static_cast<T>(get(Where{}) + n);
  }
  template <class Other>
  T operator-=(Other n) noexcept {
    return *this = static_cast<T>(get(Where{}) - n);
  }

 private:
  Base<Word> base_;
};

}  // namespace poolproof
