// The memory orders of a source file as they are written there, with the numbers that comments give
// them: "// (3)" behind an operation, and a paragraph that begins with "(3)" in a comment.
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
  std::string number;     // "3"; empty where there is none
};

// In the order of the text. file: for the places. Of calls that spell no order out, some may be of
// no atomic.
std::vector<SourceOrder> read_orders(std::string_view file, std::string_view text);

// The numbered paragraphs: each a line of comment that begins with "(N)", indented by two to four
// spaces, and the lines after it that are indented too; their text in one line.
std::map<std::string, std::string> read_paragraphs(std::string_view text);

// Of a paragraph: the sentences from "Kept:" on, which say why an order stays that no search has
// shown to be needed. Empty: there are none.
std::string kept_because(const std::string& paragraph);

}  // namespace poolproof
