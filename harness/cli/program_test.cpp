// The program as a user meets it: what it prints, and its exit status.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/base/time.hpp"
#include "program.hpp"

namespace poolproof {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Arguments = std::vector<std::string>;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(Program, InitWritesAProjectOnceAndOverwritesNothing) {
  const fs::path folder = fs::path(testing::TempDir()) / fmt::format("init.{}", getpid());
  const ProgramResult first = run_program({"init", folder.string()});
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_NE(first.out.find("cmake -S"), std::string::npos) << first.out;
  for (const char* name :
       {"CMakeLists.txt", "my_pool.cpp", ".github/workflows/poolproof.yml", ".gitlab-ci.yml"}) {
    EXPECT_GT(fs::file_size(folder / name), 100U) << name;
  }
  fs::remove(folder / "my_pool.cpp");
  const ProgramResult second = run_program({"init", folder.string()});
  EXPECT_EQ(second.status, 2);
  EXPECT_EQ(lines(second.err), 1U) << second.err;
  EXPECT_FALSE(fs::exists(folder / "my_pool.cpp"));
  fs::remove_all(folder);
  EXPECT_EQ(run_program({"init", "/dev/null"}).status, 2);
  EXPECT_EQ(run_program({"init", "/dev/null/below"}).status, 2);
}

TEST(Program, ListsWhatThereIs) {
  const ProgramResult result = run_program({"list"});
  EXPECT_EQ(result.status, 0);
  for (const char* name : {"locked",
                           "lockless",
                           "deferred",
                           "bitmap",
                           "hinted",
                           "cached",
                           "thread_cached",
                           "async_linear",
                           "async_static",
                           "sign_post",
                           "buddy",
                           "buddy.locked",
                           "specimen.no_nonce",
                           "specimen.unsafe_splice",
                           "churn",
                           "random",
                           "shared_bucket",
                           "batch",
                           "bulk",
                           "mixed",
                           "relay",
                           "renewed",
                           "carve",
                           "carve_aligned",
                           "sizes",
                           "classes",
                           "aligned",
                           "grow_and_shrink",
                           "sweep",
                           "adversary",
                           "sized_bucket",
                           "sized_batch",
                           "sized_mixed"}) {
    EXPECT_NE(result.out.find(name), std::string::npos) << name;
  }
  const json listed = json::parse(run_program({"list", "--json"}).out);
  EXPECT_EQ(listed.at("allocators").size(), 15U);
  EXPECT_EQ(listed.at("scenarios").size(), 19U);
}

TEST(Program, PassesASoundAllocatorAndSaysSoAsJson) {
  const ProgramResult result = run_program(
      {"stress", "-a", "lockless", "-s", "churn", "-t", "2", "-b", "2s", "--seed", "5", "--json"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  const json report = json::parse(result.out);
  EXPECT_EQ(report.at("seed"), 5);
  const json& run = report.at("runs").at(0);
  EXPECT_EQ(run.at("allocator"), "lockless");
  EXPECT_EQ(run.at("scenario"), "churn");
  EXPECT_EQ(run.at("engine"), "stress");
  EXPECT_EQ(run.at("verdict"), "PASS");
  EXPECT_EQ(run.at("seed"), 5);
  EXPECT_EQ(run.at("threads"), 2);
  EXPECT_GT(run.at("pairs"), 0);
  EXPECT_GT(run.at("seconds"), 1.9);
  EXPECT_GT(run.at("pairs_per_second"), 0);
  EXPECT_GT(run.at("aba_windows"), 0);
  EXPECT_TRUE(run.at("failure").is_null());
}

class Specimen : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Specimen,
                         testing::Values("specimen.no_nonce", "specimen.unsafe_splice"));

TEST_P(Specimen, IsCaughtAndItsReplayLineWorks) {
  const ProgramResult result =
      run_program({"stress", "-a", GetParam(), "-s", "batch", "-t", "2", "-b", "30s", "--json"});
  EXPECT_EQ(result.status, 1) << result.out << result.err;
  const json report = json::parse(result.out);
  const json& run = report.at("runs").at(0);
  EXPECT_EQ(run.at("verdict"), "FAIL");
  const json& failure = run.at("failure");
  EXPECT_FALSE(failure.at("oracle").get<std::string>().empty());
  EXPECT_FALSE(failure.at("message").get<std::string>().empty());
  EXPECT_GE(failure.at("seconds_to_failure"), 0.0);

  std::istringstream replay(failure.at("replay").get<std::string>());
  std::string word;
  replay >> word;
  EXPECT_EQ(word, "poolproof");
  Arguments arguments;
  while (replay >> word) arguments.push_back(word);
  EXPECT_EQ(run_program(arguments).status, 1);
}

TEST(Program, SaysUnknownWhenNothingWasProved) {
  const ProgramResult result =
      run_program({"stress", "-a", "locked", "-s", "churn", "-t", "1", "-b", "50ms"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.out.find("UNKNOWN"), std::string::npos);
}

TEST(Program, NeverPassesASpecimen) {
  // Two threads that hold one block each cannot meet the bug of this one.
  const ProgramResult result = run_program({"stress", "-a", "specimen.no_nonce", "-s", "churn",
                                            "-t", "2", "-b", "100ms", "--chaos", "off"});
  EXPECT_NE(result.status, 0);
}

TEST(Program, LeavesOutPairsThatCannotBeAndSaysSo) {
  const ProgramResult result =
      run_program({"stress", "-a", "locked", "-s", "carve,churn", "-b", "100ms"});
  EXPECT_EQ(result.status, 0) << result.out;
  EXPECT_NE(result.err.find("note: locked carve is left out"), std::string::npos) << result.err;
  // Here nobody asked for such a pair.
  const ProgramResult alone = run_program({"stress", "-a", "async_linear", "-b", "100ms"});
  EXPECT_EQ(alone.err.find("left out"), std::string::npos) << alone.err;
}

TEST(Program, TakesNamesRepeatedOrWithCommas) {
  const json report =
      json::parse(run_program({"stress", "-a", "locked,lockless", "-a", "deferred", "-s", "churn",
                               "-s", "random", "-b", "50ms", "--json"})
                      .out);
  EXPECT_EQ(report.at("runs").size(), 6U);
}

TEST(Program, KeepsGoingAndCounts) {
  const json report = json::parse(run_program({"stress", "-a", "specimen.no_nonce", "-s", "batch",
                                               "-t", "2", "-b", "3s", "--keep-going", "--json"})
                                      .out);
  const json& run = report.at("runs").at(0);
  EXPECT_EQ(run.at("verdict"), "FAIL");
  EXPECT_GE(run.at("failures"), 1);
}

struct Usage {
  Arguments arguments;
  const char* message;  // a part of it
};
class WrongUsage : public testing::TestWithParam<Usage> {};
INSTANTIATE_TEST_SUITE_P(
    All, WrongUsage,
    testing::Values(Usage{{}, "subcommand"}, Usage{{"stres"}, "stres"},
                    Usage{{"stress", "-a", "lockles"}, "did you mean lockless"},
                    Usage{{"stress", "-a", "qqqqq"}, "known are locked, lockless"},
                    Usage{{"stress", "-s", "chrun"}, "did you mean churn"},
                    Usage{{"stress", "-t", "0"}, "from 1 to 1024"},
                    Usage{{"stress", "-t", "-1"}, "'all' or a whole number"},
                    Usage{{"stress", "-t", "some"}, "'all' or a whole number"},
                    Usage{{"stress", "-b", "10"}, "a duration such as"},
                    Usage{{"stress", "-b", "0s"}, "a duration such as"},
                    Usage{{"stress", "--seed", "x"}, "--seed 'x'"},
                    Usage{{"stress", "--seed", "99999999999999999999"}, "--seed"},
                    Usage{{"stress", "--blocks", "0"}, "from 1 to 1048576"},
                    Usage{{"stress", "--blocks", "2.5"}, "from 1 to 1048576"},
                    Usage{{"stress", "--block-size", "9999999"}, "from 1 to 1048576"},
                    Usage{{"stress", "--blocks", "1048576", "--block-size", "1048576"}, "256 MiB"},
                    Usage{{"stress", "--chaos", "mild"}, "off, light, heavy, or 1/N"},
                    Usage{{"stress", "--nonsense"}, "--nonsense"},
                    Usage{{"stress", "-a", "locked", "-s", "carve"}, "nothing to run"},
                    Usage{{"list", "extra"}, "extra"}));

TEST_P(WrongUsage, IsOneClearLineAndStatusTwo) {
  const ProgramResult result = run_program(GetParam().arguments);
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  EXPECT_NE(result.err.find(GetParam().message), std::string::npos) << result.err;
}

TEST(Program, PrintsHelpAndVersion) {
  const ProgramResult help = run_program({"stress", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("--chaos"), std::string::npos);
  EXPECT_EQ(run_program({"--version"}).status, 0);
}

TEST(Program, InterruptedItReportsWhatItHasAndLeavesNoChild) {
  Program program({"stress", "-b", "1h", "-t", "2", "-a", "lockless", "-s", "churn,random"});
  // Plain progress comes every ten seconds; the children are there long before.
  std::string children;
  while (children.empty()) {
    const std::string path = "/proc/" + std::to_string(program.pid()) + "/task/" +
                             std::to_string(program.pid()) + "/children";
    FILE* file = std::fopen(path.c_str(), "r");
    char buffer[64] = {};
    if (file != nullptr) {
      if (std::fgets(buffer, sizeof buffer, file) != nullptr) children = buffer;
      std::fclose(file);
    }
  }
  const auto start = Clock::now();
  kill(program.pid(), SIGINT);
  const ProgramResult result = program.finish();
  const double seconds = in_seconds(Clock::now() - start);
  EXPECT_EQ(result.status, 3) << result.out << result.err;
  EXPECT_NE(result.out.find("interrupted"), std::string::npos) << result.out;
  EXPECT_LT(seconds, 30);  // against a hang; how long it takes is printed
  RecordProperty("seconds_to_stop", std::to_string(seconds));
  EXPECT_EQ(kill(static_cast<pid_t>(std::stol(children)), 0), -1);
}

}  // namespace
}  // namespace poolproof
