// Results come out whatever happens, and are as the schema says.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "harness/campaign/progress_json.hpp"
#include "harness/report/schema.hpp"
#include "program.hpp"

namespace poolproof {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

class Request : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, Request,
                         testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
                                         SIGALRM, SIGVTALRM, SIGXCPU, SIGRTMIN));

TEST_P(Request, ToEndIsAnsweredWithTheResults) {
  Program program({"stress", "-a", "locked,lockless", "-b", "300ms", "-t", "2"});
  ASSERT_TRUE(program.wait_for("[1/16]"));  // at the end of the first of sixteen runs
  kill(program.pid(), GetParam());
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.out.find("locked                  churn "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("runs were not made"), std::string::npos) << result.out;
}

// As a shell runs it; the exit status.
int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const std::string fails = POOLPROOF_PROGRAM " stress -a specimen.no_nonce -s batch -b 30s ";
const std::string passes = POOLPROOF_PROGRAM " stress -a locked -s churn -b 50ms -t 2 ";

TEST(Results, ThatCannotBePrintedAreNoPass) {
  EXPECT_EQ(shell(fails + "2>/dev/null >/dev/full"), 1);
  EXPECT_EQ(shell(fails + "--json 2>/dev/null >/dev/full"), 1);
  EXPECT_EQ(shell(passes + "2>/dev/null >/dev/full"), 3);
}

// The lines of standard error, which are as the schema says.
std::vector<Json> progress_of(const std::string& text) {
  const Json schema = Json::parse(std::ifstream(POOLPROOF_PROGRESS_SCHEMA));
  std::vector<Json> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) {
    lines.push_back(Json::parse(line));
    EXPECT_EQ(schema_fault(lines.back(), schema), "") << line;
  }
  return lines;
}

TEST(ProgressLines, AreObjectsOnStandardError) {
  const ProgramResult result = run_program({"stress", "-a", "locked", "-s", "churn,random", "-b",
                                            "1100ms", "-t", "2", "--progress-json"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("2 PASS"), std::string::npos) << "the results stay as they are";
  const std::vector<Json> lines = progress_of(result.err);
  ASSERT_GE(lines.size(), 4U) << result.err;
  EXPECT_EQ(lines.front().at("progress"), "started");
  EXPECT_EQ(lines.front().at("run"), 1);
  EXPECT_EQ(lines.back().at("progress"), "finished");
  EXPECT_EQ(lines.back().at("run"), 2);
  EXPECT_EQ(lines.back().at("scenario"), "random");
  EXPECT_EQ(lines.back().at("verdict"), "PASS");
  EXPECT_GT(lines.back().at("pairs").get<std::uint64_t>(), 0U);
}

TEST(ProgressLines, AreWhatTheSchemaTakesAndNoOthers) {
  const Json schema = Json::parse(std::ifstream(POOLPROOF_PROGRESS_SCHEMA));
  testing::internal::CaptureStderr();
  ProgressJson progress("check", {{"a\xff", "s", 10}, {"b", "s", 20}});
  progress.start(0);
  EXPECT_FALSE(progress.due(0.9));
  EXPECT_TRUE(progress.due(1.5));
  EXPECT_FALSE(progress.due(2.4)) << "a second later";
  progress.update("running", 4, {{"executions", 7}, {"share", 0.5}});
  progress.update("shrinking", 12, Json::object());
  progress.finish(13, "FAIL", {{"executions", 8}, {"share", nullptr}});
  const std::vector<Json> lines = progress_of(testing::internal::GetCapturedStderr());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1].at("seconds_left"), 26);
  EXPECT_EQ(lines[2].at("seconds_left"), 20) << "shrinking has time of its own";
  for (const Json& line : lines) {
    for (const auto& [key, value] : line.items()) {
      Json damaged = line;
      damaged[key] = Json::array();
      EXPECT_NE(schema_fault(damaged, schema), "") << key;
    }
    Json more = line;
    more["surprise"] = 1;
    EXPECT_NE(schema_fault(more, schema), "");
  }
}

// The system ends a process that writes too large a file, unless it has another mind.
TEST(Results, ArePrintedWhereTheReportIsTooLarge) {
  const fs::path folder = fs::path(testing::TempDir()) / fmt::format("results.{}", getpid());
  fs::create_directory(folder);
  const std::string out = (folder / "out").string();
  const std::string report = (folder / "report").string();
  const std::string limited = "ulimit -f 4; ";
  EXPECT_EQ(shell(limited + fails + "--report " + report + " >" + out + " 2>/dev/null"), 1);
  EXPECT_GT(fs::file_size(out), 100U);
  EXPECT_EQ(shell(limited + passes + "--report " + report + " >" + out + " 2>/dev/null"), 3);
  EXPECT_FALSE(fs::exists(report));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1) << "nothing is left";
  fs::remove_all(folder);
}

TEST(Results, AreAsTheSchemaSays) {
  for (const char* allocator : {"locked", "specimen.no_nonce"}) {
    const ProgramResult result = run_program(
        {"stress", "-a", allocator, "-s", "churn,batch", "-b", "100ms", "-t", "2", "--json"});
    const Json json = Json::parse(result.out);
    EXPECT_EQ(report_fault(json), "");
    EXPECT_EQ(json.at("runs").size(), 2U);
  }
}

TEST(Results, OfAThinRunAreUnknown) {
  const ProgramResult result = run_program(
      {"stress", "-a", "locked", "-s", "churn", "-b", "1ms", "-t", "512", "--chaos", "1/1"});
  EXPECT_EQ(result.status, 3) << result.out;
  EXPECT_NE(result.out.find("a PASS needs 1000 for each thread, for which -b "), std::string::npos)
      << result.out;
}

}  // namespace
}  // namespace poolproof
