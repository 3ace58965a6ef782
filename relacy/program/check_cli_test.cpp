// poolproof check and replay as a user meets them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "harness/base/rng.hpp"
#include "harness/cli/program.hpp"
#include "harness/report/schema.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::json;

ProgramResult poolproof(const std::string& line) {
  std::istringstream words(line);
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  return run_program(arguments);
}

// The command on the line that starts with again:, as a user would paste it.
std::string printed_command(const std::string& out) {
  const std::string mark = "again: poolproof ";
  const std::size_t start = out.find(mark);
  if (start == std::string::npos) return {};
  return out.substr(start + mark.size(), out.find('\n', start) - start - mark.size());
}

// The trace, which stands between blank lines: after "what went wrong", before "again:".
std::string trace_in(const std::string& out) {
  const std::size_t start = out.find("\n\n", out.find("FAIL "));
  const std::size_t end = out.find("\n\n", start + 2);
  return out.substr(start, end - start);
}

struct Specimen {
  const char* allocator;
  const char* search;
};
class SpecimenCheck : public testing::TestWithParam<Specimen> {};
INSTANTIATE_TEST_SUITE_P(All, SpecimenCheck,
                         testing::Values(Specimen{"specimen.no_nonce", "random"},
                                         Specimen{"specimen.no_nonce", "preemptions:3"},
                                         Specimen{"specimen.no_nonce", "pct:4"},
                                         Specimen{"specimen.no_nonce", "walk"},
                                         Specimen{"specimen.no_nonce", "pos"},
                                         Specimen{"specimen.no_nonce", "selective"},
                                         Specimen{"specimen.no_nonce", "handover"},
                                         Specimen{"specimen.no_nonce", "auto"},
                                         Specimen{"specimen.no_nonce", "departures:3"},
                                         Specimen{"specimen.unsafe_splice", "random"},
                                         Specimen{"specimen.unsafe_splice", "preemptions:3"}));

TEST_P(SpecimenCheck, FailsAndThePrintedLineReplaysIt) {
  const auto& [allocator, search] = GetParam();
  const ProgramResult check =
      poolproof(std::string("check -s churn -a ") + allocator + " --search " + search);
  EXPECT_EQ(check.status, 1) << check.out << check.err;
  const std::string command = printed_command(check.out);
  ASSERT_TRUE(command.starts_with("replay pp1:")) << check.out;
  EXPECT_LE(command.size(), std::string("replay ").size() + 120);
  const ProgramResult replay = poolproof(command);
  EXPECT_EQ(replay.status, 1) << replay.out << replay.err;
  EXPECT_EQ(trace_in(replay.out), trace_in(check.out));
  std::istringstream lines(trace_in(check.out));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 140u) << line;
}

TEST(CheckCommand, JsonSaysTheSameAsText) {
  const ProgramResult check =
      poolproof("check -a specimen.no_nonce -s churn,random --seed 5 --jobs 1 --json");
  EXPECT_EQ(check.status, 1);
  const Json json = Json::parse(check.out);
  EXPECT_EQ(report_fault(nlohmann::ordered_json::parse(check.out)), "");
  EXPECT_EQ(json.at("seed"), 5);
  ASSERT_EQ(json.at("runs").size(), 2u);
  for (const Json& run : json.at("runs")) {
    EXPECT_EQ(run.at("verdict"), "FAIL");
    const Json& failure = run.at("failure");
    const ProgramResult replay =
        poolproof("replay " + failure.at("token").get<std::string>() + " --json");
    EXPECT_EQ(replay.status, 1);
    const Json again = Json::parse(replay.out).at("failure");
    for (const char* key : {"oracle", "message", "token", "preemptions", "events", "trace"}) {
      EXPECT_EQ(again.at(key), failure.at(key)) << key;
    }
    EXPECT_EQ(failure.at("trace").size(), failure.at("events"));
  }
}

TEST(CheckCommand, OneJobAndASeedRepeatEverything) {
  const std::string line = "check -a specimen.unsafe_splice -s churn --jobs 1 --json --seed ";
  const Json first = Json::parse(poolproof(line + "9").out).at("runs").at(0).at("failure");
  const Json second = Json::parse(poolproof(line + "9").out).at("runs").at(0).at("failure");
  for (const char* key : {"executions", "token", "trace"}) EXPECT_EQ(first.at(key), second.at(key));
}

TEST(CheckCommand, SoundAllocatorsDoNotFail) {
  const ProgramResult check = poolproof(
      "check --executions 5000 --seed 1 --json -s "
      "churn,random,shared_bucket,batch,bulk,mixed,carve");
  const Json json = Json::parse(check.out);
  EXPECT_EQ(report_fault(nlohmann::ordered_json::parse(check.out)), "");
  ASSERT_EQ(json.at("runs").size(), 37U);
  for (const Json& run : json.at("runs")) {
    EXPECT_TRUE(run.at("failure").is_null()) << run;
    EXPECT_EQ(run.at("executions"), 5000) << run;
    if (run.at("verdict") == "PASS") continue;
    const std::string reason = run.at("reason");
    EXPECT_NE(reason.find("the chance to have missed a bug"), std::string::npos) << reason;
    EXPECT_NE(reason.find("--executions"), std::string::npos) << reason;
  }
}

// The budget that it names is enough.
TEST(CheckCommand, AThinSearchIsUnknownAndSaysWhatWouldBeEnough) {
  const std::string line = "check -a locked -s churn --seed 1 --jobs 1 --executions ";
  const ProgramResult thin = poolproof(line + "1000");
  EXPECT_EQ(thin.status, 3) << thin.out;
  const std::string mark = "--executions ";
  const std::size_t at = thin.out.find(mark);
  ASSERT_NE(at, std::string::npos) << thin.out;
  const std::string enough = std::to_string(std::stoul(thin.out.substr(at + mark.size())) * 5 / 4);
  const ProgramResult check = poolproof(line + enough);
  EXPECT_EQ(check.status, 0) << check.out;
  EXPECT_NE(check.out.find("1 PASS, 0 FAIL, 0 UNKNOWN"), std::string::npos) << check.out;
  EXPECT_NE(check.out.find("scope: 3 actors, 3 blocks, 3 rounds; auto search, seed 1"),
            std::string::npos)
      << check.out;
}

TEST(CheckCommand, ASmallScopeIsUnknownEvenWhenAllOfItWasSearched) {
  const ProgramResult check = poolproof(
      "check -a locked -s churn --actors 2 --blocks 2 --rounds 1 --search interleavings --seed 1 "
      "--json");
  EXPECT_EQ(check.status, 3) << check.out;
  const Json run = Json::parse(check.out).at("runs").at(0);
  EXPECT_EQ(run.at("verdict"), "UNKNOWN");
  EXPECT_EQ(run.at("exhausted"), true);
  EXPECT_EQ(run.at("share"), 1.0);
}

TEST(CheckCommand, ShardsOfATreeAreTheWholeTree) {
  const std::string line =
      "check -a locked -s churn --rounds 2 --search preemptions:2 --seed 1 --json --jobs ";
  const Json whole = Json::parse(poolproof(line + "1").out).at("runs").at(0);
  EXPECT_EQ(whole.at("exhausted"), true);
  std::uint64_t executions = 0;
  for (const char* jobs_and_shard : {"1 --shard 1/3", "2 --shard 2/3", "3 --shard 3/3"}) {
    const Json part = Json::parse(poolproof(line + jobs_and_shard).out).at("runs").at(0);
    EXPECT_EQ(part.at("exhausted"), true) << part;
    executions += part.at("executions").get<std::uint64_t>();
  }
  EXPECT_EQ(executions, whole.at("executions"));
}

TEST(CheckCommand, AnInterruptEndsItWithAReport) {
  Program program({"check", "-a", "lockless,locked", "-b", "500ms", "--json"});
  ASSERT_TRUE(program.wait_for("[1/16]"));  // at the end of the first of sixteen
  kill(program.pid(), SIGINT);
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 3) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("interrupted"), true);
  EXPECT_LT(json.at("runs").size(), 16u);
}

struct BadToken {
  const char* token;
  const char* message;
};
class WrongToken : public testing::TestWithParam<BadToken> {};
INSTANTIATE_TEST_SUITE_P(
    All, WrongToken,
    testing::Values(BadToken{"nonsense", "that is no token"},
                    BadToken{"pp9:lockless:churn:3x3x3:sAAAA", "it is of version pp9"},
                    BadToken{"pp1:lockless:churn:3x3x3:sAAAA", "its checksum is wrong"},
                    BadToken{"pp1:lockless:churn:3x3x3:sB", "its checksum is wrong"}));
TEST_P(WrongToken, GetsOneLine) {
  const ProgramResult result = poolproof(std::string("replay ") + GetParam().token);
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find(GetParam().message), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

// Tokens from before searches and --lock-free got their present names.
TEST(CheckCommand, OldTokensFailAsBefore) {
  for (const auto& [token, oracle] :
       {std::pair{"pp1:locked:churn:2x1x1:SCCBiTj1", "FAIL locked churn: progress;"},
        std::pair{"pp1:specimen.no_nonce:batch:3x3x1:sBCBUhSRWvLka",
                  "FAIL specimen.no_nonce batch: conservation;"}}) {
    const ProgramResult result = poolproof(std::string("replay ") + token);
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_TRUE(result.out.starts_with(oracle)) << result.out;
  }
}

// Whatever is typed: one line and status 2, or a token that happens to be right.
TEST(CheckCommand, RandomTokensNeverCrashIt) {
  Rng rng(1, 1);
  for (int i = 0; i != 100; ++i) {
    std::string token = "pp1:specimen.no_nonce:churn:3x3x3:s";
    for (std::uint32_t n = rng.below(20); n != 0; --n) {
      token[rng.below(static_cast<std::uint32_t>(token.size()))] =
          static_cast<char>('!' + rng.below(94));
    }
    if (token[0] == '-') continue;
    EXPECT_EQ(run_program({"replay", token}).status, 2) << token;
  }
}

// A resumed search does not repeat what it did before it was stopped or killed, and leaves nothing
// out.
struct Resumed : testing::Test {
  const std::string file = testing::TempDir() + fmt::format("resume.{}.json", getpid());
  const std::string line =
      "check -a lockless -s churn --actors 2 --blocks 2 --rounds 2 -b 60s --seed 1 --jobs 2 --json "
      "--search ";

  Resumed() { std::filesystem::remove(file); }
  ~Resumed() override {
    std::filesystem::remove(file);
    std::filesystem::remove(file + ".out");
  }
  void compare(const std::string& search) {
    const Json whole = Json::parse(poolproof(line + search).out)["runs"][0];
    const Json rest = Json::parse(poolproof(line + search + " --resume " + file).out)["runs"][0];
    EXPECT_TRUE(whole["exhausted"]) << whole;
    EXPECT_TRUE(rest["exhausted"]) << rest;
    EXPECT_GT(rest["earlier"], 0);
    EXPECT_EQ(rest["verdict"], whole["verdict"]);
    // The visited states are lost, and the order of the jobs is random.
    if (search.starts_with("exhaustive")) return;
    for (const char* same : {"executions", "aba_windows", "grows"}) {
      EXPECT_EQ(rest[same], whole[same]) << same;
    }
  }
};

std::uintmax_t size_of(const std::string& file) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

TEST_F(Resumed, GoesOnWhereASearchWasKilled) {
  const std::string command = "timeout -s KILL 1.7 " POOLPROOF_PROGRAM " " + line +
                              "preemptions:2 --resume " + file + " >" + file + ".out 2>&1";
  // A machine under load may not come that far at first.
  for (int i = 0; i != 20 && size_of(file) < 2000; ++i) {
    EXPECT_NE(std::system(command.c_str()), 0);
  }
  compare("preemptions:2");
}

TEST_F(Resumed, GoesOnWhereASearchCameToItsLimit) {
  for (const char* executions : {"300", "600"}) {
    poolproof(line + "exhaustive:0 --executions " + executions + " --resume " + file);
  }
  compare("exhaustive:0");
}

TEST(Resume, RefusesAFileThatIsAnothers) {
  const std::string file = testing::TempDir() + fmt::format("other.{}.json", getpid());
  std::filesystem::remove(file);
  const std::string line = "check -a lockless -s churn --executions 10 --seed 1 --search ";
  const auto refusal = [&](const std::string& search) {
    const ProgramResult result = poolproof(line + search + " --resume " + file);
    EXPECT_EQ(result.status, 2);
    return result.err;
  };
  poolproof(line + "interleavings --resume " + file);
  EXPECT_NE(refusal("exhaustive").find("it is of another search: poolproof check"),
            std::string::npos);
  std::ofstream(file) << "my own notes";
  EXPECT_NE(refusal("interleavings").find("poolproof check has not written it"), std::string::npos);
  std::string text;
  std::getline(std::ifstream(file), text);
  EXPECT_EQ(text, "my own notes");
}

struct ResumeInput : testing::Test {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / fmt::format("resume.{}", getpid());
  const std::string line =
      "check -a lockless -s churn --seed 1 --jobs 1 --search preemptions:3 --resume ";

  ResumeInput() { std::filesystem::create_directory(folder); }
  ~ResumeInput() override { std::filesystem::remove_all(folder); }
  std::string at(const char* name) const { return (folder / name).string(); }
  void expect_refused(const std::string& path, const std::string& words) const {
    const ProgramResult result = poolproof(line + path);
    EXPECT_EQ(result.status, 2) << path;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
  }
};

TEST_F(ResumeInput, IsARegularFileThatCanBeWritten) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("fifo", at("link"));
  for (const std::string& path : {at("fifo"), at("link"), std::string("/dev/zero")}) {
    expect_refused(path, "a regular file is wanted");
  }
  expect_refused(folder.string(), "Is a directory");
  expect_refused(at("nothing/file"), "No such file or directory");
}

TEST_F(ResumeInput, SaysWhatIsWrong) {
  for (
      const auto& [text, words] :
      {std::pair{R"({"poolproof_resume": 1.5, "program": "", "searches": {}})",
                 "it is of version 1.5, and this program knows version 1"},
       {R"({"poolproof_resume": "1", "program": "", "searches": {}})", "it is of version"},
       {R"({"poolproof_resume": 1, "program": 5, "searches": {}})", "program: a text is wanted"},
       {R"({"poolproof_resume": 1, "searches": {}})", "program: a text is wanted"},
       {R"({"poolproof_resume": 1, "program": "", "searches": []})", "searches: an object"},
       {R"({"poolproof_resume": 1, "program": "", "searches": {"x": 5}})", "searches/x: an array"},
       {R"({"poolproof_resume": 1, "program": "", "searches": {"x": [5]}})", "a text 'hash'"},
       {R"({"poolproof_resume": 1, "program": "", "searches": {"x": [{"hash": ""}]}})",
        "a text 'state'"},
       {R"({"poolproof_resume": 1, "program": "", "searches": {"x": [{"hash": "", "state": ""}]}})",
        "it is damaged"}}) {
    std::ofstream(at("file")) << text;
    expect_refused(at("file"), words);
  }
  std::ofstream(at("file")) << std::string(200'000, '[');
  expect_refused(at("file"), "poolproof check has not written it");
}

TEST_F(ResumeInput, HasOneCheckAtATime) {
  std::istringstream words(line + at("file") + " -b 10m");
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  Program first(arguments);
  while (size_of(at("file")) < 100) usleep(1000);
  expect_refused(at("file"), "another process uses it");
  kill(first.pid(), SIGTERM);
  EXPECT_EQ(first.finish().status, 3);
}

// A limit on the size of files is the full disk of one process.
TEST_F(ResumeInput, ThatCanNoLongerBeWrittenLosesNoResult) {
  const std::string command = "ulimit -f 2; " POOLPROOF_PROGRAM " " + line + at("file") +
                              " -b 4s >" + at("out") + " 2>" + at("err");
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 3);
  std::ifstream out(at("out"));
  const std::string text((std::istreambuf_iterator<char>(out)), {});
  EXPECT_NE(text.find("executions in "), std::string::npos) << text;
  std::ifstream err(at("err"));
  const std::string said((std::istreambuf_iterator<char>(err)), {});
  EXPECT_NE(said.find("cannot be written, and the search goes on"), std::string::npos) << said;
}

}  // namespace
}  // namespace poolproof
