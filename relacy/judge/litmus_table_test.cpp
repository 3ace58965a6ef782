// The tables in LITMUS.md and GENMC.md are what comes out today. POOLPROOF_WRITE_LITMUS=1 writes
// them anew.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "genmc.hpp"
#include "judge.hpp"
#include "litmus.hpp"
#include "shown.hpp"

namespace poolproof::judge {
namespace {

constexpr const char* first_line =
    "| test | program | asked | C++20 | engine | allowed | shown | the others need |\n";

std::string needs_of_missed(const Allowed& may, const Shown& does) {
  static constexpr const char* names[needs_kinds] = {"?", "other S", "load buffering"};
  std::array<unsigned, needs_kinds> missed{};
  for (const auto& [outcome, needs] : may.outcomes) {
    if (!does.outcomes.contains(outcome)) ++missed[static_cast<unsigned>(needs)];
  }
  std::string text;
  for (unsigned i = 0; i != needs_kinds; ++i) {
    if (missed[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(missed[i]) + ' ' + names[i];
  }
  return text;
}

// The engine runs no programs of one thread.
std::string row_of(const LitmusTest& test) {
  const Program program = parse(test.program);
  const Allowed may = allowed(program);
  const bool race = std::string_view(test.asked) == "race";
  std::string line = std::string("| ") + test.name + " | `" + test.program + "` | " +
                     (race ? "race" : '`' + std::string(test.asked) + '`') + " | " +
                     (test.allowed ? "yes" : "no") + " | ";
  if (program.threads.size() == 1) return line + "- | | | |\n";
  const Shown does = shown(program);
  EXPECT_EQ(does.failure, "") << test.name;
  EXPECT_TRUE(does.complete || does.race) << test.name;
  for (const std::string& outcome : does.outcomes) {
    EXPECT_TRUE(race || may.allows(outcome))
        << test.name << " shows what is forbidden: " << outcome;
  }
  if (race) {
    EXPECT_TRUE(test.allowed || !does.race) << test.name << ": a false race";
    return line + (does.race ? "yes" : "no") + " | | | |\n";
  }
  return line + (does.outcomes.contains(test.asked) ? "yes" : "no") + " | " +
         std::to_string(may.outcomes.size()) + " | " + std::to_string(does.outcomes.size()) +
         " | " + needs_of_missed(may, does) + " |\n";
}

std::string table() {
  std::string text = first_line;
  text += "|---|---|---|---|---|---|---|---|\n";
  for (const LitmusTest& test : litmus_tests()) text += row_of(test);
  return text;
}

// The page's table, which begins with that line and ends the page, is now.
void expect_table(const char* path, const char* begins, const std::string& now) {
  std::ifstream in(path);
  std::stringstream read;
  read << in.rdbuf();
  const std::string page = read.str();
  const std::size_t begin = page.find(begins);
  ASSERT_NE(begin, std::string::npos) << "no table in " << path;
  if (std::getenv("POOLPROOF_WRITE_LITMUS") != nullptr && !testing::Test::HasFailure()) {
    std::ofstream(path) << page.substr(0, begin) + now;
    return;
  }
  std::istringstream was(page.substr(begin));
  std::istringstream is(now);
  for (std::string old_row, row; std::getline(is, row);) {
    std::getline(was, old_row);
    EXPECT_EQ(old_row, row) << "POOLPROOF_WRITE_LITMUS=1 writes what is true now";
  }
  EXPECT_EQ(page.size() - begin, now.size());
}

TEST(Engine, ShowsOfLitmusTestsWhatTheTableSays) {
  expect_table(POOLPROOF_LITMUS_TABLE, first_line, table());
}

std::string genmc_row_of(const GenmcTest& test) {
  const Program program = parse(test.program);
  const Shown orders = shown(program);
  const Shown demanded = shown(program, {.atomics = Atomics::by_address, .demanded = true});
  const Shown relacy = shown(program, {.memory = Memory::relacy});
  EXPECT_TRUE(orders.complete && demanded.complete && relacy.complete) << test.name;
  return std::string("| ") + test.name + " | `" + test.program + "` | " +
         std::to_string(test.executions) + " | " +
         std::to_string(allowed(program).without_buffering) + " | " +
         std::to_string(orders.executions) + " | " + std::to_string(demanded.executions) + " | " +
         std::to_string(relacy.executions) + " |\n";
}

TEST(Engine, TakesForTheTestsOfGenMCWhatTheTableSays) {
  constexpr const char* begins =
      "| test | program | GenMC | judge | engine | by demand | Relacy's memory |\n";
  std::string now = begins;
  now += "|---|---|---|---|---|---|---|\n";
  for (const GenmcTest& test : genmc_tests()) now += genmc_row_of(test);
  expect_table(POOLPROOF_GENMC_TABLE, begins, now);
}

// The other two kinds of atomics come to the same.
TEST(Engine, ShowsTheSameWithAllItsAtomics) {
  for (const LitmusTest& test : litmus_tests()) {
    const Program program = parse(test.program);
    if (program.threads.size() == 1) continue;
    const Shown ours = shown(program);
    for (const Atomics atomics : {Atomics::in_place, Atomics::by_address}) {
      const Shown others = shown(program, {.atomics = atomics});
      EXPECT_EQ(others.failure, "") << test.name;
      EXPECT_EQ(others.race, ours.race) << test.name;
      EXPECT_TRUE(ours.race || others.outcomes == ours.outcomes) << test.name;
    }
  }
}

}  // namespace
}  // namespace poolproof::judge
