// The orders of a source file and their numbered paragraphs: of small texts, and of our allocators.
#include "source_orders.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace poolproof {
namespace {

namespace fs = std::filesystem;

SourceOrder only_order(std::string_view text) {
  const auto orders = read_orders("a.hpp", text);
  EXPECT_EQ(orders.size(), 1u) << text;
  return orders.empty() ? SourceOrder() : orders[0];
}

TEST(ReadOrders, FindsAnOperation) {
  const SourceOrder order =
      only_order("\n\n  x = word_.load(std::memory_order_acquire);  // (12)\n");
  EXPECT_EQ(order.place, (OrderPlace{"a.hpp", 3, 17, false}));
  EXPECT_EQ(order.operation, "load");
  EXPECT_EQ(order.written, std::memory_order_acquire);
  EXPECT_EQ(order.number, "12");
}

TEST(ReadOrders, ACasHasTwo) {
  const auto orders = read_orders("a.hpp",
                                  "w->compare_exchange_weak(e, f(1),\n"
                                  "  std::memory_order_acq_rel,\n"
                                  "  std::memory_order_relaxed)) {  // (F2)\n");
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].operation, "CAS");
  EXPECT_EQ(orders[0].written, std::memory_order_acq_rel);
  EXPECT_EQ(orders[0].number, "F2");
  EXPECT_EQ(orders[1].operation, "CAS failure");
  EXPECT_EQ(orders[1].written, std::memory_order_relaxed);
  EXPECT_EQ(orders[1].number, "F2");
  EXPECT_EQ(orders[1].place, (OrderPlace{"a.hpp", 1, 25, true}));
}

TEST(ReadOrders, OneCallWithinAnother) {
  const auto orders = read_orders(
      "a.hpp", "a.store(b.load(std::memory_order_acquire), std::memory_order_release);");
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].written, std::memory_order_release);
  EXPECT_EQ(orders[0].operation, "store");
  EXPECT_EQ(orders[1].written, std::memory_order_acquire);
  EXPECT_EQ(orders[1].number, "");
}

TEST(ReadOrders, LeavesOutWhatIsNoCall) {
  EXPECT_TRUE(read_orders("", "// a.load(std::memory_order_relaxed)\n").empty());
  EXPECT_TRUE(read_orders("", "/* a.load(std::memory_order_relaxed) */").empty());
  EXPECT_TRUE(read_orders("", "\"a.load(std::memory_order_relaxed)\"").empty());
  EXPECT_TRUE(read_orders("", "a.reload(std::memory_order_relaxed)").empty());
  EXPECT_TRUE(read_orders("", "T load(std::memory_order order)").empty());
  EXPECT_TRUE(read_orders("", "a.load(").empty());
  EXPECT_TRUE(read_orders("", "a.load").empty());
}

TEST(ReadOrders, SaysWhereNoneIsSpeltOut) {
  EXPECT_FALSE(only_order("a.load(order)").spelt_out);
  EXPECT_FALSE(only_order("a.store(1)").spelt_out);
  EXPECT_TRUE(only_order("a.store(1, std::memory_order_relaxed)").spelt_out);
}

TEST(ReadOrders, IsNotLedAstrayByLiterals) {
  const SourceOrder order =
      only_order("f('\"', 1'000, \"\\\"(\"); a.load(')' == c ? 0 : 1, std::memory_order_seq_cst);");
  EXPECT_EQ(order.written, std::memory_order_seq_cst);
}

// A cut-off text must not be read past its end.
TEST(ReadOrders, StandsAnyPrefix) {
  const std::string text =
      "a.compare_exchange_weak('\\'', \"x\\\"\", /* ( */ std::memory_order_acquire, // )\n"
      "std::memory_order_relaxed);  // (1)\n//  (1) text\n//      more\n";
  for (std::size_t size = 0; size != text.size(); ++size) {
    EXPECT_LE(read_orders("", std::string_view(text).substr(0, size)).size(), 2u);
    EXPECT_LE(read_paragraphs(std::string_view(text).substr(0, size)).size(), 1u);
  }
}

TEST(ReadParagraphs, JoinsTheirLines) {
  const auto all = read_paragraphs(
      "// Why.\n"
      "//   (1) load acquire. Pairs with\n"
      "//       (6): sees it.\n"
      "//  (10) store. Kept: it is\n"
      "//       free.\n"
      "// ABA: (3) is\n"
      "//       another.\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.at("1"), "load acquire. Pairs with (6): sees it.");
  EXPECT_EQ(kept_because(all.at("1")), "");
  EXPECT_EQ(kept_because(all.at("10")), "it is free.");
}

// --- our own -------------------------------------------------------------------------------------

const fs::path allocators = fs::path(POOLPROOF_SOURCE) / "allocators";

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
// The text of a header, in whatever folder it is, or nothing.
std::string read_header(const std::string& name) {
  for (const char* folder :
       {"", "detail", "detail/blocks", "detail/buddies", "detail/sign_posts"}) {
    const std::string text = read(allocators / folder / name);
    if (!text.empty()) return text;
  }
  return {};
}

bool mentions(std::string text, std::string word) {
  const auto lower = [](std::string& s) {
    std::transform(s.begin(), s.end(), s.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  };
  lower(text);
  lower(word);
  return text.find(word) != std::string::npos;
}

// The name that a comment gives it. A comment explains acq_rel by its two halves.
bool explains(const std::string& paragraph, const SourceOrder& order) {
  const bool failure = order.place.on_failure;
  const std::string operation = failure ? "CAS" : order.operation;
  if (!mentions(paragraph, operation)) return false;
  if (order.written == std::memory_order_acq_rel) {
    return mentions(paragraph, "acquire") && mentions(paragraph, "release");
  }
  return mentions(paragraph, std::string(name_of(order.written)));
}

class OurSources : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, OurSources,
                         testing::Values("async_linear_allocator", "block_bits", "block_states",
                                         "block_store", "buddy_chunk", "buddy_pool",
                                         "cached_block_allocator", "checked_base", "chunk_map",
                                         "deferred_block_allocator", "hardened",
                                         "lockless_block_allocator", "loose_blocks",
                                         "pool_resource", "shared_block_allocator"),
                         [](const auto& source) { return std::string(source.param); });

// Every order has a number, every number a paragraph that names operation and order, and no
// paragraph is left over.
TEST_P(OurSources, ExplainEveryOrder) {
  const std::string header = read_header(std::string(GetParam()) + ".hpp");
  const std::string impl = read_header(std::string(GetParam()) + "_impl.hpp");
  const auto paragraphs = read_paragraphs(header);
  std::set<std::string> used;
  unsigned count = 0;
  for (const std::string& text : {header, impl}) {
    for (const SourceOrder& order : read_orders("", text)) {
      EXPECT_TRUE(order.spelt_out) << "line " << order.place.line;
      ++count;
      used.insert(order.number);
      const auto paragraph = paragraphs.find(order.number);
      ASSERT_NE(paragraph, paragraphs.end()) << "line " << order.place.line;
      EXPECT_TRUE(explains(paragraph->second, order))
          << "line " << order.place.line << ": " << order.operation << ' ' << name_of(order.written)
          << " is not in:\n"
          << paragraph->second;
    }
  }
  EXPECT_GT(count, 2u);
  EXPECT_EQ(used.size(), paragraphs.size()) << "a paragraph explains nothing";
}

TEST(OurSources, ThereAreNoOthersWithAtomics) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(allocators)) {
    const std::string name = entry.path().filename().string();
    const bool is_tool = name.starts_with("test_") || name.starts_with("pool_bench");
    if (!name.ends_with(".hpp") || is_tool) continue;
    for (const SourceOrder& order : read_orders("", read(entry.path()))) {
      if (order.spelt_out) files.insert(name);
    }
  }
  EXPECT_EQ(files, (std::set<std::string>{"async_linear_allocator.hpp",
                                          "block_bits.hpp",
                                          "block_states.hpp",
                                          "block_store_impl.hpp",
                                          "buddy_chunk.hpp",
                                          "buddy_chunk_impl.hpp",
                                          "buddy_pool.hpp",
                                          "buddy_pool_impl.hpp",
                                          "cached_block_allocator.hpp",
                                          "cached_block_allocator_impl.hpp",
                                          "checked_base.hpp",
                                          "chunk_map.hpp",
                                          "deferred_block_allocator.hpp",
                                          "deferred_block_allocator_impl.hpp",
                                          "hardened.hpp",
                                          "hinted_block_allocator.hpp",
                                          "lockless_block_allocator.hpp",
                                          "lockless_block_allocator_impl.hpp",
                                          "loose_blocks.hpp",
                                          "misuse.hpp",
                                          "pool_resource.hpp",
                                          "shared_block_allocator.hpp"}));
}

}  // namespace
}  // namespace poolproof
