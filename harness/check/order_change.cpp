#include "order_change.hpp"

#include <fmt/format.h>

#include <utility>

namespace poolproof {

namespace {

constexpr std::pair<std::memory_order, std::string_view> names[] = {
    {std::memory_order_relaxed, "relaxed"}, {std::memory_order_consume, "consume"},
    {std::memory_order_acquire, "acquire"}, {std::memory_order_release, "release"},
    {std::memory_order_acq_rel, "acq_rel"}, {std::memory_order_seq_cst, "seq_cst"}};

}  // namespace

std::string_view name_of(std::memory_order order) noexcept {
  for (const auto& [value, name] : names) {
    if (value == order) return name;
  }
  return "unknown";
}

std::optional<std::memory_order> order_named(std::string_view name) noexcept {
  for (const auto& [value, known] : names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string place_text(const OrderPlace& place) {
  return fmt::format("{}:{}", place.file, place.line);
}

std::string change_text(const OrderChange& change) {
  if (change.in_two) {
    return fmt::format("with a load and a store in place of the one operation at {}",
                       place_text(change.place));
  }
  return fmt::format("with {} in place of the{} order that is written at {}", name_of(change.order),
                     change.place.on_failure ? " failure" : "", place_text(change.place));
}

}  // namespace poolproof
