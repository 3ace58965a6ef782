// Lock-free code of others, as it is, where this machine has it.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/cli/program.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::json;

struct Case {
  const char* program;
  bool races;          // is it asked to have none?
  const char* oracle;  // that it fails by; empty: it does not fail
};
class Others : public testing::TestWithParam<Case> {};
// By the standard Boost's links race: it reads them as plain memory that another may write.
INSTANTIATE_TEST_SUITE_P(
    All, Others,
    testing::Values(Case{"cds_free_list", true, ""}, Case{"cds_tagged_free_list", true, ""},
                    Case{"boost_stack", true, "race"}, Case{"boost_stack", false, ""},
                    Case{"boost_queue", true, "race"}, Case{"moodycamel_queue", true, ""},
                    Case{"moodycamel_queue_tokens", true, ""}),
    [](const auto& made) {
      return std::string(made.param.program) + (made.param.races ? "" : "_without_races");
    });

TEST_P(Others, AreJudgedAsTheyAre) {
  const std::string path = std::string(POOLPROOF_PROGRAMS) + "/program_" + GetParam().program;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "its headers are not there";
  std::vector<std::string> arguments = {"program", path, "-b",     "3s", "--executions", "1000",
                                        "--seed",  "1",  "--jobs", "1",  "--no-shrink",  "--json"};
  if (!GetParam().races) arguments.emplace_back("--no-races");
  const ProgramResult result = run_program(arguments);
  const Json json = Json::parse(result.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << result.out << result.err;
  const Json& run = json.at("runs").at(0);
  EXPECT_GT(run.at("executions"), 0);
  const Json& failure = run.at("failure");
  EXPECT_EQ(failure.is_null() ? "" : failure.at("oracle").get<std::string>(), GetParam().oracle)
      << run.dump(1);
}

}  // namespace
}  // namespace poolproof
