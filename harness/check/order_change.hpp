// A change of one atomic operation in the source of an allocator.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace poolproof {

// One argument of one call. Compilers number columns differently, so a place is valid only for the
// source and the compiler that it was found with.
struct OrderPlace {
  std::string file;  // without its folder
  std::uint32_t line = 0;
  std::uint32_t column = 0;  // of the call's opening parenthesis, from 1
  bool on_failure = false;   // of a CAS, the second of its two orders

  bool operator==(const OrderPlace&) const = default;
};

// The order of the operation; or the operation is made in two, a load and a store.
struct OrderChange {
  OrderPlace place;
  std::memory_order order = std::memory_order_relaxed;
  bool in_two = false;

  bool operator==(const OrderChange&) const = default;
};

// "relaxed", "acquire", "release", "acq_rel", "seq_cst".
std::string_view name_of(std::memory_order order) noexcept;
std::optional<std::memory_order> order_named(std::string_view name) noexcept;

// "a.hpp" of "b/a.hpp".
constexpr std::string_view file_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

// "a.hpp:98"
std::string place_text(const OrderPlace& place);
// "with relaxed in place of the order that is written at a.hpp:98", "with a load and a store in
// place of the one operation at a.hpp:98"
std::string change_text(const OrderChange& change);

}  // namespace poolproof
