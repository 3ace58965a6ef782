// What is shown of texts that others have a part in.
#include "output.hpp"

#include <gtest/gtest.h>

#include "text.hpp"

namespace poolproof {
namespace {

using namespace std::string_view_literals;

TEST(Printable, ShowsControlCharacters) {
  EXPECT_EQ(printable("a\0b\x1b[2J\n\x7f\r\tc"sv), "a\\x00b\\x1b[2J\n\\x7f\\x0d\\x09c");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\u009b2J");
  EXPECT_EQ(printable("\u00e9\u20ac \xc2"), "\u00e9\u20ac \xc2");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, KeepsColoursWhereThereAreAny) {
  EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m", true), "\x1b[1;31mred\x1b[0m");
  EXPECT_EQ(printable("\x1b[1;31mred", false), "\\x1b[1;31mred");
  EXPECT_EQ(printable("\x1b[2J\x1b[1", true), "\\x1b[2J\\x1b[1");
}

TEST(Printable, OrOnOneLine) { EXPECT_EQ(one_line("a\n\x1b\xc2\x9b\u00e9"), "a????\u00e9"); }

}  // namespace
}  // namespace poolproof
