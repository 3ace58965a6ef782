#include "table.hpp"

#include <gtest/gtest.h>

namespace poolproof {
namespace {

Table table() {
  Table table({{"name", 8}, {"count", 7, true, 1}, {"rate", 7, true, 2}, {"verdict"}});
  table.add({"first", "12", "3", "PASS"});
  return table;
}

TEST(Table, HasItsWidthsWhereThereIsRoom) {
  EXPECT_EQ(table().text(),
            "name       count    rate verdict\n"
            "first         12       3 PASS\n");
  EXPECT_EQ(table().text(32), table().text());
}

TEST(Table, GetsNarrowBeforeItLosesAColumn) {
  EXPECT_EQ(table().text(31),
            "name  count rate verdict\n"
            "first    12    3 PASS\n");
}

TEST(Table, LosesTheHighestRankFirstAndKeepsWhatMustStay) {
  EXPECT_EQ(table().text(20),
            "name  count verdict\n"
            "first    12 PASS\n");
  EXPECT_EQ(table().text(5),
            "name  verdict\n"
            "first PASS\n");
}

TEST(Fitted, BreaksLongLinesAlone) {
  const std::string line = "  one two three four five six seven eight nine";
  EXPECT_EQ(fitted("short\n" + line + "\n\nend", 40),
            "short\n  one two three four five six seven\n    eight nine\n\nend");
  EXPECT_EQ(fitted(line, 3), fitted(line, 40));
  EXPECT_EQ(fitted("as long as it is\n", any_width), "as long as it is\n");
}

}  // namespace
}  // namespace poolproof
