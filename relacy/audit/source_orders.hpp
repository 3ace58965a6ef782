// The memory orders that a source file spells out, with the numbers that its comments give them:
// "// (3)" behind an operation, and a paragraph that begins with "(3)" in a comment.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/check/order_change.hpp"

namespace poolproof {

// One argument of one call of an atomic operation.
struct SourceOrder {
  OrderPlace place;
  std::string operation;  // "load", "store", "fetch_add", "CAS", "CAS failure", ...
  std::memory_order written = std::memory_order_relaxed;
  bool spelt_out = true;  // false: the source has another name for it, or none; written is a guess
  std::string number;     // "3"; empty if it has none
};

// Returns them in the order of the text, with file in their places. A call that spells no order out
// may be a call of something else than an atomic.
std::vector<SourceOrder> read_orders(std::string_view file, std::string_view text);

// Returns the numbered paragraphs, each in one line. A paragraph is a line of comment that begins
// with
// "(N)", indented by two to four spaces, and the indented lines after it.
std::map<std::string, std::string> read_paragraphs(std::string_view text);

// Returns the sentences of a paragraph from "Kept:" on, which say why an order stays although no
// search has shown that it is needed; empty if there are none.
std::string kept_because(const std::string& paragraph);

}  // namespace poolproof
