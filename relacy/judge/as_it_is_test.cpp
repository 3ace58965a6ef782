// Generated programs, once with the backend and once as a program as it is: the same outcomes, the
// same races. POOLPROOF_PROGRAMS says how many.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "generate.hpp"
#include "harness/cli/program.hpp"
#include "shown.hpp"

namespace poolproof::judge {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<std::uint64_t>;
using Outcomes = std::map<std::uint64_t, std::set<std::string>>;

std::uint64_t programs() {
  const char* wanted = std::getenv("POOLPROOF_PROGRAMS");
  return wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
}

struct Checked {
  std::string verdict;
  std::string oracle;  // of a failure
  bool exhausted = false;
  Outcomes outcomes;
};

class AsItIs : public testing::Test {
 protected:
  void SetUp() override {
    file_ = fs::path(testing::TempDir()) / ("outcomes." + std::to_string(getpid()));
  }
  void TearDown() override { fs::remove(file_); }

  // All of them in one run, as a choice.
  Checked check(const Numbers& numbers) const {
    std::string list;
    for (const std::uint64_t number : numbers) {
      list += (list.empty() ? "" : ",") + std::to_string(number);
    }
    std::ofstream(file_, std::ios::trunc).close();
    setenv("POOLPROOF_NUMBERS", list.c_str(), 1);
    setenv("POOLPROOF_OUTCOMES", file_.c_str(), 1);
    const ProgramResult result =
        run_program({"program", POOLPROOF_AS_IT_IS, "--search", "exhaustive:0", "-b", "60s",
                     "--jobs", "1", "--seed", "1", "--no-shrink", "--json"});
    const nlohmann::json json = nlohmann::json::parse(result.out, nullptr, false);
    if (json.is_discarded()) return {result.err, {}, false, {}};
    const nlohmann::json& run = json.at("runs").at(0);
    const nlohmann::json& failure = run.at("failure");
    return {run.at("verdict"), failure.is_null() ? "" : failure.at("oracle").get<std::string>(),
            run.at("exhausted"), read()};
  }

 private:
  Outcomes read() const {
    Outcomes all;
    std::ifstream file(file_);
    std::uint64_t number = 0;
    for (std::string outcome; file >> number >> outcome;) all[number].insert(outcome);
    return all;
  }

  fs::path file_;
};

std::string name_of(std::uint64_t number) {
  return "program " + std::to_string(number) + ": " + text_of(generate(number));
}

TEST_F(AsItIs, GeneratedProgramsHaveTheSameOutcomesAndRaces) {
  constexpr std::size_t together = 20;
  Outcomes wanted;
  Numbers left;
  unsigned races = 0;
  const auto compare = [&] {
    const Checked checked = check(left);
    EXPECT_EQ(checked.verdict, "PASS") << name_of(left.front()) << " and those behind it";
    EXPECT_TRUE(checked.exhausted);
    for (const std::uint64_t number : left) {
      const auto found = checked.outcomes.find(number);
      ASSERT_NE(found, checked.outcomes.end()) << name_of(number);
      EXPECT_EQ(found->second, wanted[number]) << name_of(number);
    }
    left.clear();
  };
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Shown shown = judge::shown(generate(number));
    if (shown.race) {
      const Checked checked = check({number});
      EXPECT_EQ(checked.verdict, "FAIL") << name_of(number);
      EXPECT_EQ(checked.oracle, "race") << name_of(number);
      ++races;
      continue;
    }
    wanted[number] = shown.outcomes;
    left.push_back(number);
    if (left.size() == together) compare();
  }
  if (!left.empty()) compare();
  std::printf("  %u programs race\n", races);
  EXPECT_GT(races, programs() / 20);
}

}  // namespace
}  // namespace poolproof::judge
