// Programs as text, and generated ones.
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

#include "generate.hpp"
#include "litmus.hpp"
#include "program.hpp"

namespace poolproof::judge {
namespace {

TEST(LitmusProgram, IsReadBackFromItsText) {
  for (const LitmusTest& test : litmus_tests())
    EXPECT_EQ(text_of(parse(test.program)), test.program);
  for (unsigned number = 1; number != 200; ++number) {
    const std::string text = text_of(generate(number));
    EXPECT_EQ(text_of(parse(text)), text);
  }
}

std::string error_of(const char* text) {
  try {
    parse(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(LitmusProgram, SaysWhatIsWrongWithAText) {
  EXPECT_EQ(error_of("x=1.rlx; q.rlx"), "'q.rlx': expected an object: x, y, z or w before 'q.rlx'");
  EXPECT_EQ(error_of("x=a.rlx"), "'x=a.rlx': expected a digit before 'a.rlx'");
  EXPECT_EQ(error_of("x.consume"),
            "'x.consume': expected an order: rlx, acq, rel, ar or sc before 'consume'");
  EXPECT_EQ(error_of("x.rel"),
            "'x.rel': expected an order that such an operation can have before ''");
  EXPECT_EQ(error_of("x.rlx; r1=1? y.rlx"),
            "'r1=1? y.rlx': expected an earlier operation of the thread before '=1? y.rlx'");
  EXPECT_EQ(error_of("x=1.rlx; y=r0.rlx"), "r names no read");
  EXPECT_EQ(error_of("x=1 / x.rlx"), "an object is either plain or atomic");
  EXPECT_EQ(error_of("x=1.rlx.rlx"), "'x=1.rlx.rlx': expected nothing before '.rlx'");
}

TEST(LitmusProgram, GeneratedOnesHaveEverything) {
  std::set<std::string> seen;
  for (unsigned number = 1; number != 1000; ++number) {
    const Program program = generate(number);
    for (const auto& thread : program.threads) {
      for (const Operation& op : thread) {
        std::string kind = std::to_string(static_cast<int>(op.kind));
        if (op.plain) kind += " plain";
        if (op.condition) seen.insert(kind + " on condition");
        if (op.value_of) seen.insert(kind + " passed on");
        seen.insert(kind + ' ' + std::to_string(static_cast<int>(op.order)));
      }
    }
  }
  // Orders: 3 of loads, 3 of stores, 5 of each read-modify-write, 4 of fences, 1 of each plain
  // access; on condition: 7 kinds but fences; passed on: stores.
  EXPECT_EQ(seen.size(), 3U + 3 + 3 * 5 + 4 + 2 + 7 + 1);
}

}  // namespace
}  // namespace poolproof::judge
