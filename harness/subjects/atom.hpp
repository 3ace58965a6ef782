// BackendAtom: a backend's atomic with the face of std::atomic, for code that takes its atomics as
// template <template <class> class Atom = std::atomic>. All orders default to seq_cst, as there.
//
// It has no wait, notify or volatile overloads. Its operators are made of the members. A
// read-modify-write is one step under the model check; under stress one that a std::atomic of that
// type has not is a load and a CAS, which has the same outcomes. What the code does not do through
// an Atom (plain variables that are no poolproof::var, mutexes, thread_local) no engine but
// ThreadSanitizer sees.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace poolproof {

// For engines that do not want to know which place in the source makes an access.
struct NoWhere {
  static constexpr NoWhere current() noexcept { return {}; }
};

// What a backend keeps for a T: numbers and pointers as they are, anything else as its bits.
template <std::size_t Size>
struct WordOfSize;
template <>
struct WordOfSize<1> {
  using type = std::uint8_t;
};
template <>
struct WordOfSize<2> {
  using type = std::uint16_t;
};
template <>
struct WordOfSize<4> {
  using type = std::uint32_t;
};
template <>
struct WordOfSize<8> {
  using type = std::uint64_t;
};
template <class T>
concept IsNumber = std::integral<T> && !std::same_as<T, bool>;
template <class T>
struct WordOf : WordOfSize<sizeof(T)> {};
template <class T>
requires(IsNumber<T> || std::is_pointer_v<T>) struct WordOf<T> {
  using type = T;
};

// Base<W>: the backend's atomic. Where: a source_location, or NoWhere. Thread safety: an atomic's.
template <class T, template <class> class Base, class Where>
class BackendAtom {
  static_assert(std::is_trivially_copyable_v<T>, "an Atom holds what can be copied as bytes");
  static_assert(std::has_single_bit(sizeof(T)) && sizeof(T) <= 8,
                "an Atom holds 1, 2, 4 or 8 bytes: wider ones no engine here can run");
  using Order = std::memory_order;
  using Word = typename WordOf<T>::type;
  using Difference = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  static constexpr bool located = !std::same_as<Where, NoWhere>;
  static constexpr Order strongest = std::memory_order_seq_cst;

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;
  bool is_lock_free() const noexcept { return true; }

  BackendAtom() noexcept : base_(Word{}) {}
  BackendAtom(T value) noexcept : base_(to_word(value)) {}
  BackendAtom(const BackendAtom&) = delete;
  BackendAtom& operator=(const BackendAtom&) = delete;

  T load(Order order = strongest, Where where = Where::current()) const noexcept {
    if constexpr (located) return from_word(base_.load(order, where));
    return from_word(base_.load(order));
  }
  void store(T value, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (located) return base_.store(to_word(value), order, where);
    base_.store(to_word(value), order);
  }
  T exchange(T value, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (located) return from_word(base_.exchange(to_word(value), order, where));
    return from_word(base_.exchange(to_word(value), order));
  }
  bool compare_exchange_weak(T& expected, T value, Order success, Order failure,
                             Where where = Where::current()) noexcept {
    return with_word(expected, [&](Word& word) {
      if constexpr (located) {
        return base_.compare_exchange_weak(word, to_word(value), success, failure, where);
      }
      return base_.compare_exchange_weak(word, to_word(value), success, failure);
    });
  }
  bool compare_exchange_strong(T& expected, T value, Order success, Order failure,
                               Where where = Where::current()) noexcept {
    return with_word(expected,
                     [&](Word& word) { return cas(word, value, success, failure, where); });
  }
  bool compare_exchange_weak(T& expected, T value, Order order = strongest,
                             Where where = Where::current()) noexcept {
    return compare_exchange_weak(expected, value, order, failure_of(order), where);
  }
  bool compare_exchange_strong(T& expected, T value, Order order = strongest,
                               Where where = Where::current()) noexcept {
    return compare_exchange_strong(expected, value, order, failure_of(order), where);
  }

  T fetch_add(Difference n, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (!IsNumber<T>) {
      return change(
          "fetch_add", [n](T seen) { return static_cast<T>(seen + n); }, order, where);
    } else if constexpr (located) {
      return base_.fetch_add(n, order, where);
    } else {
      return base_.fetch_add(n, order);
    }
  }
  T fetch_sub(Difference n, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (!IsNumber<T>) {
      return change(
          "fetch_sub", [n](T seen) { return static_cast<T>(seen - n); }, order, where);
    } else if constexpr (located) {
      return base_.fetch_sub(n, order, where);
    } else {
      return base_.fetch_sub(n, order);
    }
  }
  T fetch_and(T bits, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (requires(Word word) { base_.fetch_and(word, order); }) {
      return from_word(base_.fetch_and(to_word(bits), order));
    } else {
      return change(
          "fetch_and", [bits](T seen) { return static_cast<T>(seen & bits); }, order, where);
    }
  }
  T fetch_or(T bits, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (requires(Word word) { base_.fetch_or(word, order); }) {
      return from_word(base_.fetch_or(to_word(bits), order));
    } else {
      return change(
          "fetch_or", [bits](T seen) { return static_cast<T>(seen | bits); }, order, where);
    }
  }
  T fetch_xor(T bits, Order order = strongest, Where where = Where::current()) noexcept {
    if constexpr (requires(Word word) { base_.fetch_xor(word, order); }) {
      return from_word(base_.fetch_xor(to_word(bits), order));
    } else {
      return change(
          "fetch_xor", [bits](T seen) { return static_cast<T>(seen ^ bits); }, order, where);
    }
  }

  operator T() const noexcept { return load(); }
  T operator=(T value) noexcept {
    store(value);
    return value;
  }
  T operator++() noexcept { return static_cast<T>(fetch_add(1) + 1); }
  T operator--() noexcept { return static_cast<T>(fetch_sub(1) - 1); }
  T operator++(int) noexcept { return fetch_add(1); }
  T operator--(int) noexcept { return fetch_sub(1); }
  T operator+=(Difference n) noexcept { return static_cast<T>(fetch_add(n) + n); }
  T operator-=(Difference n) noexcept { return static_cast<T>(fetch_sub(n) - n); }
  T operator&=(T bits) noexcept { return static_cast<T>(fetch_and(bits) & bits); }
  T operator|=(T bits) noexcept { return static_cast<T>(fetch_or(bits) | bits); }
  T operator^=(T bits) noexcept { return static_cast<T>(fetch_xor(bits) ^ bits); }

 private:
  static Word to_word(T value) noexcept { return std::bit_cast<Word>(value); }
  static T from_word(Word word) noexcept { return std::bit_cast<T>(word); }
  // The order of a CAS that fails, where only one is given.
  static constexpr Order failure_of(Order order) noexcept {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }

  template <class Call>
  static bool with_word(T& expected, Call call) noexcept {
    Word word = to_word(expected);
    if (call(word)) return true;
    expected = from_word(word);
    return false;
  }
  bool cas(Word& word, T value, Order success, Order failure, Where where) noexcept {
    if constexpr (located) {
      return base_.compare_exchange_strong(word, to_word(value), success, failure, where);
    }
    return base_.compare_exchange_strong(word, to_word(value), success, failure);
  }
  // One step where the backend can. Else failures are relaxed: they must not order what one
  // read-modify-write would not.
  template <class Change>
  T change([[maybe_unused]] const char* operation, Change to, Order order, Where where) noexcept {
    const auto new_word = [to](Word word) { return to_word(to(from_word(word))); };
    if constexpr (requires { base_.modify(operation, new_word, order, where); }) {
      return from_word(base_.modify(operation, new_word, order, where));
    } else {
      Word seen;
      if constexpr (located) {
        seen = base_.load(std::memory_order_relaxed, where);
      } else {
        seen = base_.load(std::memory_order_relaxed);
      }
      while (!cas(seen, to(from_word(seen)), order, std::memory_order_relaxed, where)) {
      }
      return from_word(seen);
    }
  }

  Base<Word> base_;
};

}  // namespace poolproof
