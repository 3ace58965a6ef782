// Memory orders in a user's source.
// Fuzz sources: relacy/audit/source_orders.cpp harness/check/order_change.cpp
#include "harness/base/fuzz.hpp"
#include "source_orders.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz_text(data, size);
  for (const poolproof::SourceOrder& order : poolproof::read_orders("a.hpp", text)) {
    fuzz_expect(order.place.line >= 1 && order.place.column >= 1, "places count from 1");
  }
  for (const auto& [number, paragraph] : poolproof::read_paragraphs(text)) {
    poolproof::kept_because(paragraph);
  }
  return 0;
}
