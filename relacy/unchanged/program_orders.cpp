// Which order an operation of the program really uses, where an audit or a selftest changes one:
// its place is the line of the first frame outside the standard library.
#include "program_orders.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "program.hpp"

namespace poolproof {

namespace {

using Order = std::memory_order;

constexpr std::array<std::string_view, 11> operations = {
    "load",     "store",     "exchange",   "fetch_add", "fetch_sub", "fetch_and",
    "fetch_or", "fetch_xor", "fetch_nand", "CAS",       "fence"};

}  // namespace

std::uint32_t operation_column(std::string_view operation, Order written) noexcept {
  const auto found = std::find(operations.begin(), operations.end(), operation);
  const auto kind = static_cast<std::uint32_t>(found - operations.begin()) + 1;
  return kind * 8 + static_cast<std::uint32_t>(written);
}

Order load_part(Order order) noexcept {
  if (order == Order::release) return Order::relaxed;
  return order == Order::acq_rel ? Order::acquire : order;
}
Order store_part(Order order) noexcept {
  if (order == Order::acquire || order == Order::consume) return Order::relaxed;
  return order == Order::acq_rel ? Order::release : order;
}

CodePlace Program::operation_place(const char* operation, Order written, const void* code) const {
  const Calls& calls = actors_[self()].calls;
  for (unsigned depth = std::min(calls.depth, Calls::most);; --depth) {
    if (image_.is_code(code)) {
      const SourcePlace& place = places_.known(code);
      if (!place.file.empty() && !place.library) {
        return {place.path.c_str(), place.line, operation_column(operation, written)};
      }
    }
    if (depth == 0) return {};
    code = calls.code[depth - 1];
  }
}

Order Program::order_at(const char* operation, Order written, const void* code) const {
  if (Orders::idle()) [[likely]]
    return written;
  const CodePlace place = operation_place(operation, written, code);
  return place.line == 0 ? written : Orders::of(operation, written, place);
}

Cas Program::orders_at(const Cas& how, const void* code) const {
  if (Orders::idle()) [[likely]]
    return how;
  const CodePlace place = operation_place("CAS", how.success, code);
  if (place.line == 0) return how;
  return {Orders::of("CAS", how.success, place),
          Orders::of("CAS failure", how.failure, place, true), how.weak};
}

bool Program::in_two(const char* operation, Order written, const void* code) const {
  return !Orders::idle() && Orders::in_two(operation_place(operation, written, code));
}

// Wrong, as a selftest wants it: others may come between.
bool Program::cas_in_two(std::uintptr_t at, unsigned size, Word& expected, Word value, Order order,
                         const void* code) {
  const Word seen = load(at, size, load_part(order), code);
  const bool same = seen == expected;
  expected = seen;
  if (same) store(at, size, value, store_part(order), code);
  return same;
}

}  // namespace poolproof
