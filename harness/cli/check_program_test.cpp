// poolproof check, replay and audit as a user meets them, as far as that is the same in every
// build: whatever is wrong with the command line is said before the model checker is needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.hpp"

namespace poolproof {
namespace {

using Arguments = std::vector<std::string>;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

struct Usage {
  Arguments arguments;  // after check
  const char* message;  // a part of it
};
class WrongCheck : public testing::TestWithParam<Usage> {};
INSTANTIATE_TEST_SUITE_P(
    Names, WrongCheck,
    testing::Values(Usage{{"-a", "lockles"}, "--allocator 'lockles': no such name; did you mean"},
                    Usage{{"-a", "qqqqq"}, "known are locked, lockless"},
                    Usage{{"-a", ""}, "an argument that is not empty"},
                    Usage{{"-s", "chrun"}, "did you mean churn"},
                    Usage{{"-a", "locked", "-s", "carve"}, "nothing to run: none of these"},
                    Usage{{"-a", "async_static"},
                          "async_static is left out: it is not model-check"},
                    Usage{{"-a", "async_static,locked", "-s", "carve"}, "locked carve is left out"},
                    Usage{{"-t", "2"}, "-t"}, Usage{{"--nonsense"}, "--nonsense"},
                    Usage{{"--chaos", "off"}, "--chaos"}, Usage{{"extra"}, "extra"},
                    Usage{{"stress"}, "stress"}));
INSTANTIATE_TEST_SUITE_P(
    Scope, WrongCheck,
    testing::Values(Usage{{"--actors", "1"}, "--actors '1': a whole number from 2 to 4"},
                    Usage{{"--actors", "5"}, "from 2 to 4"},
                    Usage{{"--actors", "x"}, "from 2 to 4"},
                    Usage{{"--actors", "-3"}, "from 2 to 4"}, Usage{{"--actors", "3.0"}, "2 to 4"},
                    Usage{{"--actors", ""}, "after '--actors'"}, Usage{{"--actors"}, "--actors"},
                    Usage{{"--actors", "3", "--actors", "3"}, "--actors"},
                    Usage{{"--blocks", "0"}, "--blocks '0': a whole number from 1 to 8"},
                    Usage{{"--blocks", "9"}, "from 1 to 8"},
                    Usage{{"--blocks", "99999999999999999999"}, "from 1 to 8"},
                    Usage{{"--rounds", "0"}, "--rounds '0': a whole number from 1 to 100"},
                    Usage{{"--rounds", "101"}, "from 1 to 100"}));
INSTANTIATE_TEST_SUITE_P(
    Search, WrongCheck,
    testing::Values(
        Usage{{"--search", "depth"},
              "--search 'depth': auto, random, walk, pos, selective, handover, pct:D with D "
              "from 1 to 20"},
        Usage{{"--search", "preemptions"}, "preemptions:K"},
        Usage{{"--search", "preemptions:101"}, "0 to 100"},
        Usage{{"--search", "bounded"}, "preemptions:K"},
        Usage{{"--search", "bounded:101"}, "0 to 100"},
        Usage{{"--search", "bounded:3"}, "poolproof: --search bounded:3 is now preemptions:3\n"},
        Usage{{"--search", "full"}, "poolproof: --search full is now interleavings\n"},
        Usage{{"--search", "random", "--progress"}, "poolproof: --progress is now --lock-free\n"},
        Usage{{"--progress=true"}, "poolproof: --progress is now --lock-free\n"},
        Usage{{"--search", "exhaustive:"}, "exhaustive:S"}, Usage{{"--search", "pct"}, "pct:D"},
        Usage{{"--search", "pct:0"}, "1 to 20"}, Usage{{"--search", "walk:2"}, "walk,"},
        Usage{{"--resume", "f", "--seed", "1"}, "no state to keep"},
        Usage{{"--resume", "f", "--search", "interleavings"}, "give a --seed"},
        Usage{{"--search", "exhaustive", "--lock-free"}, "take auto, random"},
        Usage{{"--search", "auto:3"}, "auto, random"},
        Usage{{"--search", "departures"}, "departures:K"},
        Usage{{"--resume", "f", "--seed", "1", "--search", "walk"}, "no state to keep"},
        Usage{{"--search", "preemptions:-1"}, "0 to 100"},
        Usage{{"--search", "interleavings:2"}, "or interleavings"},
        Usage{{"-b", "10"}, "--budget '10': a duration such as"},
        Usage{{"-b", "0s"}, "a duration such as"}, Usage{{"--budget", "x"}, "a duration such as"},
        Usage{{"--executions", "0"}, "--executions '0': a whole number from 1 to"},
        Usage{{"--executions", "1e6"}, "a whole number from 1 to"},
        Usage{{"--executions", ""}, "after '--executions'"},
        Usage{{"--executions", "18446744073709551616"}, "a whole number from 1 to"},
        Usage{{"--seed", "x"}, "--seed 'x': a whole number from 0"},
        Usage{{"--seed", "18446744073709551616"}, "--seed"}, Usage{{"--seed", ""}, "'--seed'"}));
INSTANTIATE_TEST_SUITE_P(
    Work, WrongCheck,
    testing::Values(
        Usage{{"--jobs", "0"}, "--jobs '0': a whole number from 1 to 256"},
        Usage{{"--jobs", "257"}, "from 1 to 256"},
        Usage{{"--jobs", "some"}, "--jobs 'some': 'all' or a whole number from 1 to 256"},
        Usage{{"--shard", "0/5"}, "--shard '0/5': I/N with whole numbers I from 1 to N"},
        Usage{{"--shard", "6/5"}, "I from 1 to N"}, Usage{{"--shard", "2"}, "I/N"},
        Usage{{"--shard", "/"}, "I/N"}, Usage{{"--shard", "1/"}, "I/N"},
        Usage{{"--shard", "/2"}, "I/N"}, Usage{{"--shard", "1/2/3"}, "I/N"},
        Usage{{"--shard", "-1/2"}, "I/N"}, Usage{{"--shard", "1/x"}, "I/N"},
        Usage{{"--shard", "1/100001", "--seed", "1"}, "N from 1 to 100000"},
        Usage{{"--shard", "2/5"}, "give all of them the same --seed"}));

void expect_refusal(const char* command, const Usage& usage) {
  Arguments arguments = usage.arguments;
  arguments.insert(arguments.begin(), command);
  const ProgramResult result = run_program(arguments);
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines(result.err), 1U) << result.err;
  EXPECT_NE(result.err.find(usage.message), std::string::npos) << result.err;
}

TEST_P(WrongCheck, IsOneClearLineAndStatusTwo) { expect_refusal("check", GetParam()); }

class WrongAudit : public testing::TestWithParam<Usage> {};
INSTANTIATE_TEST_SUITE_P(
    All, WrongAudit,
    testing::Values(Usage{{"-a", "lockles"}, "--allocator 'lockles': no such name; did you mean"},
                    Usage{{"-s", "chrun"}, "did you mean churn"},
                    Usage{{"-a", "async_static"}, "it is not model-check"},
                    Usage{{"--actors", "5"}, "from 2 to 4"},
                    Usage{{"-b", "10"}, "--budget '10': a duration such as"},
                    Usage{{"--seed", "x"}, "--seed 'x': a whole number from 0"},
                    Usage{{"--jobs", "0"}, "--jobs '0': a whole number from 1 to 256"},
                    Usage{{"--search", "interleavings"}, "--search"},
                    Usage{{"--shard", "1/2"}, "--shard"}, Usage{{"extra"}, "extra"}));
TEST_P(WrongAudit, IsOneClearLineAndStatusTwo) { expect_refusal("audit", GetParam()); }

class WrongReplay : public testing::TestWithParam<Usage> {};
INSTANTIATE_TEST_SUITE_P(All, WrongReplay,
                         testing::Values(Usage{{}, "TOKEN"}, Usage{{""}, "after 'replay'"},
                                         Usage{{"a", "b"}, "b"}, Usage{{"--json"}, "TOKEN"},
                                         Usage{{"a", "--seed", "1"}, "--seed"},
                                         Usage{{"--nonsense"}, "TOKEN"}));

TEST_P(WrongReplay, IsOneClearLineAndStatusTwo) { expect_refusal("replay", GetParam()); }

TEST(CheckProgram, PrintsHelpWithoutTheModelChecker) {
  const ProgramResult help = run_program({"check", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.err, "");
  for (const char* option : {"--actors", "--blocks", "--rounds", "--search", "--budget",
                             "--executions", "--seed", "--jobs", "--shard", "--json"}) {
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  }
  EXPECT_NE(run_program({"replay", "--help"}).out.find("TOKEN"), std::string::npos);
}

// A copy of the program in a folder of its own has no model checker beside it.
TEST(CheckProgram, SaysWhichBuildHasTheModelCheckerWhereThisHasNone) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("alone." + std::to_string(getpid()));
  fs::create_directory(folder);
  const fs::path alone = folder / "poolproof";
  fs::copy_file(POOLPROOF_PROGRAM, alone);
  for (const Arguments& arguments :
       {Arguments{"check"}, Arguments{"check", "--json"}, Arguments{"replay", "token"}}) {
    const ProgramResult result = run_program(arguments, alone);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(lines(result.err), 1U) << result.err;
    EXPECT_NE(result.err.find("this build has no model checker"), std::string::npos);
    EXPECT_NE(result.err.find("one by g++, without a sanitizer, has it"), std::string::npos);
  }
  fs::remove_all(folder);
}

// Found through its own executable, not through a name or the current folder; what it is given is
// passed on as it is.
TEST(CheckProgram, BecomesTheModelCheckerBesideIt) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("beside." + std::to_string(getpid()));
  fs::create_directory(folder);
  fs::copy_file(POOLPROOF_PROGRAM, folder / "poolproof");
  fs::copy_file("/bin/echo", folder / "poolproof-relacy");
  fs::create_symlink(folder / "poolproof", folder / "link");
  const ProgramResult result =
      run_program({"check", "-a", "locked", "--seed", "5", "--json"}, folder / "link");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "check -a locked --seed 5 --json\n");
  fs::remove_all(folder);
}

TEST(CheckProgram, ListSaysWhichAllocatorsAreModelChecked) {
  const auto listed = nlohmann::json::parse(run_program({"list", "--json"}).out);
  for (const auto& allocator : listed.at("allocators")) {
    const bool another_ones_code =
        allocator.at("name") == "async_static" || allocator.at("name") == "thread_cached";
    EXPECT_EQ(allocator.at("model_checked"), !another_ones_code) << allocator;
  }
}

}  // namespace
}  // namespace poolproof
