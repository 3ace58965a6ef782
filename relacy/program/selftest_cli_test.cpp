// poolproof selftest as a user meets it.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/cli/program.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::json;

TEST(SelftestCommand, KillsWhatItPlantsIntoLockless) {
  const ProgramResult result = run_program({"selftest", "-a", "lockless", "-s", "churn", "-b",
                                            "500ms", "--seed", "1", "--least", "60", "--json"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  const Json entry = Json::parse(result.out).at("selftests").at(0);
  EXPECT_EQ(entry.at("verdict"), "PASS");
  std::map<std::string, int> in_two;
  std::map<std::string, int> weaker;
  int replayed = 0;
  for (const Json& mutant : entry.at("mutants")) {
    const bool splits = mutant.at("mutant") == "load_and_store";
    ++(splits ? in_two : weaker)[mutant.at("verdict").get<std::string>()];
    if (mutant.at("failure").is_null()) continue;
    if (mutant.at("failure").at("token").is_null()) continue;  // it did not get short in time
    ++replayed;
    const std::string token = mutant.at("failure").at("token");
    const ProgramResult replay = run_program({"replay", token});
    EXPECT_EQ(replay.status, 1) << replay.out;
    const std::string with = splits ? "with a load and a store in place of the one operation at "
                                    : "with " + mutant.at("mutant").get<std::string>();
    EXPECT_NE(replay.out.find(with), std::string::npos) << replay.out;
  }
  EXPECT_GT(replayed, 3);
  EXPECT_GE(in_two["killed"], 3);
  EXPECT_EQ(in_two["survived"], 0);
  EXPECT_GE(weaker["killed"], 4);
}

TEST(SelftestCommand, FailsBelowTheLeast) {
  const ProgramResult result =
      run_program({"selftest", "-a", "lockless", "-s", "churn", "-b", "50ms", "--executions", "1",
                   "--seed", "1", "--least", "100"});
  EXPECT_EQ(result.status, 1) << result.out;
  EXPECT_TRUE(result.out.starts_with("FAIL lockless under churn\n")) << result.out;
  EXPECT_NE(result.out.find("and 100 % are wanted"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("SURVIVED"), std::string::npos) << result.out;
}

TEST(SelftestCommand, FailsWhereNothingCanBePlanted) {
  const ProgramResult locked =
      run_program({"selftest", "-a", "locked", "-s", "churn", "-b", "50ms"});
  EXPECT_EQ(locked.status, 1) << locked.out;
  EXPECT_NE(locked.out.find("nothing instrumented"), std::string::npos) << locked.out;
  const ProgramResult wrong =
      run_program({"selftest", "-a", "specimen.no_nonce", "-s", "churn", "-b", "5s"});
  EXPECT_EQ(wrong.status, 1) << wrong.out;
  EXPECT_NE(wrong.out.find("it fails as it is written"), std::string::npos) << wrong.out;
}

TEST(SelftestCommand, RefusesWhatIsNoPercentage) {
  const ProgramResult result = run_program({"selftest", "--least", "101"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("--least"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace poolproof
