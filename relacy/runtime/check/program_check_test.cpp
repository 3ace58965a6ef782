// poolproof program as a user meets it: right programs pass, and each wrong sibling fails by the
// oracle that its bug is for.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/cli/program.hpp"

namespace poolproof {
namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::json;

std::string path_of(const std::string& program) {
  return std::string(POOLPROOF_PROGRAMS) + "/program_" + program;
}

Json check(const std::string& program, const Arguments& more = {}) {
  Arguments arguments = {"program", path_of(program), "-b", "5s",     "--executions",
                         "20000",   "--seed",         "1",  "--jobs", "1",
                         "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramResult result = run_program(arguments);
  const Json json = Json::parse(result.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << result.out << result.err;
  return json.is_discarded() ? Json() : json.at("runs").at(0);
}

struct Case {
  const char* program;
  const char* oracles;  // of the wrong sibling, one of these
};
class Programs : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    All, Programs,
    testing::Values(
        Case{"assembly_elsewhere", "race"}, Case{"assumed", "assert"}, Case{"c11_threads", "race"},
        Case{"chosen", "assert"}, Case{"cleanups", "assert"}, Case{"containers", "race"},
        Case{"coroutine", "race"}, Case{"dead_frame", "race, use after return"},
        Case{"deque", "assert"}, Case{"early_heap", "race"}, Case{"ends_early", "assert"},
        Case{"exceptions", "abort"}, Case{"fences", "race"}, Case{"freed", "race, use after free"},
        Case{"freed_lock", "misuse"}, Case{"hardened", "assert"},
        Case{"hazard_pointers", "race, use after free"}, Case{"in_main", "race"},
        Case{"lock_order", "deadlock"}, Case{"lost_block", "leak"},
        Case{"main_returns", "race, use after return"}, Case{"message", "race"},
        Case{"once", "race"}, Case{"on_the_stack", "race"}, Case{"overflows", "crash"},
        Case{"plain_assembly", "race"}, Case{"plain_member", "race"}, Case{"plain_order", "race"},
        Case{"plain_owner", "race"}, Case{"queued_lock", "livelock"}, Case{"resized", "race"},
        Case{"reused_lock", "misuse"}, Case{"replaced_new", "race"},
        Case{"sequence_lock", "assert"}, Case{"shared_lock", "race"}, Case{"shared_owner", "race"},
        Case{"signal_fences", "race"}, Case{"spin_lock", "race"}, Case{"statics", "assert"},
        Case{"spin_then_park", "deadlock"}, Case{"std_sync", "deadlock"}, Case{"stops", "race"},
        Case{"store_buffer", "assert"}, Case{"tagged_stack", "assert"},
        Case{"takes_turns", "assert"}, Case{"thread_locals", "race"}, Case{"timed_locks", "race"},
        Case{"too_much", "crash"}, Case{"traps", "crash"}, Case{"try_lock", "race"},
        Case{"unwritten", "uninitialized"}, Case{"waits_for_nothing", "livelock"},
        Case{"wake_up", "deadlock"}, Case{"wide_cas", "assert"}, Case{"wide_copy", "race"},
        Case{"wild", "crash"}),
    [](const auto& made) { return std::string(made.param.program); });

TEST_P(Programs, RightOnesDoNotFail) {
  const Json run = check(GetParam().program);
  EXPECT_TRUE(run.at("failure").is_null()) << run.dump(1);
  EXPECT_GT(run.at("executions"), 0);
}

TEST_P(Programs, WrongOnesFailByTheirOracle) {
  const Json run = check(std::string(GetParam().program) + "_wrong", {"--no-shrink"});
  ASSERT_EQ(run.at("verdict"), "FAIL") << run.dump(1);
  const std::string oracle = run.at("failure").at("oracle");
  EXPECT_NE(std::string(GetParam().oracles).find(oracle), std::string::npos) << oracle;
}

// Of what ends a program in a library, too: the signal's name, a trace and a token.
TEST(Program, CrashesNameTheirSignal) {
  for (const auto& [program, signal] :
       {std::pair("overflows_wrong", "SIGABRT"), std::pair("traps_wrong", "SIGTRAP"),
        std::pair("wild_wrong", "SIGSEGV")}) {
    const Json run = check(program);
    const Json& failure = run.at("failure");
    ASSERT_FALSE(failure.is_null()) << program;
    EXPECT_EQ(failure.at("message").get<std::string>().find(signal), 0U) << failure.dump(1);
    const ProgramResult again = run_program({"replay", failure.at("token"), "--json"});
    EXPECT_EQ(Json::parse(again.out).at("failure").at("trace"), failure.at("trace")) << again.err;
    EXPECT_FALSE(failure.at("trace").empty()) << failure.dump(1);
  }
}

TEST(Program, AFailureSaysWhatToDo) {
  const std::string lost = check("lost_block_wrong").at("failure").at("message");
  EXPECT_NE(lost.find("--no-leaks"), std::string::npos) << lost;
  const std::string story = check("store_buffer_wrong").at("failure").at("story");
  EXPECT_NE(story.find("it takes a seq_cst fence between store_buffer.cpp:20 and "
                       "store_buffer.cpp:22, and another between store_buffer.cpp:25 and "
                       "store_buffer.cpp:27"),
            std::string::npos)
      << story;
}

TEST(Program, APassSaysWhatItWasNotAskedToSee) {
  const Json run = check("message_wrong", {"--no-races", "--no-leaks"});
  EXPECT_NE(run.at("verdict"), "FAIL");
  const std::string unseen = run.at("unseen").dump();
  EXPECT_NE(unseen.find("--no-races"), std::string::npos) << unseen;
  EXPECT_NE(unseen.find("--no-leaks"), std::string::npos) << unseen;
  EXPECT_EQ(unseen.find("--no-liveness"), std::string::npos) << unseen;
}

// What plain accesses race is seen in a first look, also by whoever replays.
TEST(Program, WithoutRacesTheirOrderIsTried) {
  for (const char* search : {"random", "exhaustive"}) {
    const Json copy = check("wide_copy_wrong", {"--no-races", "--search", search});
    EXPECT_EQ(copy.at("verdict"), "FAIL") << search << copy.dump(1);
  }
  const Json run = check("plain_order_wrong", {"--no-races"});
  const Json& failure = run.at("failure");
  ASSERT_FALSE(failure.is_null()) << run.dump(1);
  EXPECT_EQ(failure.at("oracle"), "assert");
  EXPECT_NE(failure.at("trace").dump().find("counted"), std::string::npos) << failure.dump(1);
  const ProgramResult again = run_program({"replay", failure.at("token"), "--json"});
  EXPECT_EQ(Json::parse(again.out).at("failure").at("trace"), failure.at("trace")) << again.err;
}

// A trace has the lines of the program's own source, and its token leads there again.
TEST(Program, TracesNameTheSourceAndTokensReplay) {
  const Json run = check("message_wrong");
  const Json& failure = run.at("failure");
  EXPECT_NE(failure.dump().find("message.cpp"), std::string::npos) << failure.dump(1);
  EXPECT_NE(failure.dump().find("ready"), std::string::npos) << failure.dump(1);
  const ProgramResult again = run_program({"replay", failure.at("token"), "--json"});
  EXPECT_EQ(again.status, 1) << again.err;
  const Json replayed = Json::parse(again.out);
  EXPECT_EQ(replayed.at("failure").at("oracle"), "race");
  EXPECT_EQ(replayed.at("failure").at("trace"), failure.at("trace"));
}

// Members and array elements have their names, and the story and the source lines come first.
TEST(Program, TracesNameMembersAndQuoteTheSource) {
  const Json run = check("tagged_stack_wrong");
  const Json& failure = run.at("failure");
  const std::string story = failure.at("story");
  EXPECT_NE(story.find("saw stack.head = "), std::string::npos) << story;
  EXPECT_NE(story.find("stack.next["), std::string::npos) << story;
  bool quoted = false;
  for (const Json& event : failure.at("trace")) {
    if (!event.at("aba")) continue;
    quoted = quoted || event.at("source").get<std::string>().find("compare_exchange_weak") !=
                           std::string::npos;
  }
  EXPECT_TRUE(quoted) << failure.dump(1);
  const std::string text = run_program({"replay", failure.at("token")}).out;
  const std::size_t first = text.find("actor 0  ");
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_LT(text.find("came back to"), first) << text;
  EXPECT_LT(text.find("compare_exchange_weak"), first) << text;
}

// The store that published it, the load that read it, and which order is missing on which line.
TEST(Program, StoriesNameTheOrderThatIsMissing) {
  const std::string message = check("message_wrong").at("failure").at("story");
  EXPECT_NE(message.find("'s store of ready = 1 (event 3, message.cpp:18) is what"),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("as the store is relaxed: it takes release at message.cpp:18."),
            std::string::npos)
      << message;
  const std::string fences = check("fences_wrong").at("failure").at("story");
  EXPECT_NE(fences.find("as the load is relaxed and no fence between event "), std::string::npos)
      << fences;
  EXPECT_NE(fences.find(" acquires: it takes acquire at fences.c:17."), std::string::npos)
      << fences;
}

TEST(Program, SmallOnesAreExhausted) {
  const Json run = check("message", {"--search", "exhaustive"});
  EXPECT_EQ(run.at("verdict"), "PASS") << run.dump(1);
  EXPECT_EQ(run.at("exhausted"), true);
}

// What the standard calls a race is none on the machine that such code was written for: neither is
// it right, nor is it condemned.
TEST(Program, WhatReliesOnSignalFencesIsUnknown) {
  const Json run = check("signal_fences");
  EXPECT_EQ(run.at("verdict"), "UNKNOWN");
  EXPECT_NE(run.at("reason").dump().find("atomic_signal_fence"), std::string::npos) << run.dump(1);
}

// A loop that waits is searched once for what ends it, and not for each of its rounds.
TEST(Program, LoopsThatWaitAreExhausted) {
  const Json run = check("queued_lock", {"--search", "exhaustive"});
  EXPECT_EQ(run.at("verdict"), "PASS") << run.dump(1);
  EXPECT_EQ(run.at("exhausted"), true);
  EXPECT_LT(run.at("executions"), 100);
}

// Who takes a mutex first, second and last.
TEST(Program, EveryOrderIsTried) {
  const Json all = check("all_orders", {"--search", "exhaustive"});
  EXPECT_EQ(all.at("verdict"), "PASS") << all.dump(1);
  EXPECT_EQ(all.at("exhausted"), true);
  EXPECT_LT(all.at("executions"), 20);
  for (const char* order : {"012", "021", "102", "120", "201", "210"}) {
    const Json run = check("all_orders", {"--search", "exhaustive", "--no-shrink", "--", order});
    EXPECT_EQ(run.at("verdict"), "FAIL") << order;
  }
}

TEST(Program, StepsBeforeAnEarlyEndAreTried) {
  const Json right = check("ends_early", {"--search", "exhaustive"});
  EXPECT_EQ(right.at("verdict"), "PASS") << right.dump(1);
  const Json wrong = check("ends_early_wrong", {"--search", "exhaustive", "--no-shrink"});
  EXPECT_EQ(wrong.at("verdict"), "FAIL") << wrong.dump(1);
}

// What libstdc++ has compiled of its containers and streams is seen as if the program had it.
TEST(Program, ContainersAndStreamsOfTheLibraryAreSeen) {
  for (const char* kind : {"b", "m", "s", "t", "o", "i", "f", "p", "u"}) {
    const Json right = check("containers", {"--", kind});
    EXPECT_EQ(right.at("verdict"), "PASS") << kind << right.dump(1);
    const Json wrong = check("containers_wrong", {"--no-shrink", "--", kind});
    ASSERT_EQ(wrong.at("verdict"), "FAIL") << kind;
    EXPECT_EQ(wrong.at("failure").at("oracle"), "race") << kind;
  }
  EXPECT_TRUE(check("containers_wrong", {"--", "c"}).at("failure").is_null());
  EXPECT_EQ(run_program({}, path_of("trees")).status, 0);
}

// So that nobody makes the search larger without noticing.
TEST(Program, ASmallListIsExhausted) {
  const Json plain = check("small_list", {"--search", "exhaustive:0"});
  EXPECT_EQ(plain.at("exhausted"), true) << plain.dump(1);
  EXPECT_LT(plain.at("executions"), 76);
  const Json spurious = check("small_list", {"--search", "exhaustive:1"});
  EXPECT_EQ(spurious.at("exhausted"), true) << spurious.dump(1);
  EXPECT_LT(spurious.at("executions"), 2000);
}

// Of those that assume something all executions are found that count.
TEST(Program, AssumptionsAreExhausted) {
  const Json right = check("assumed", {"--search", "exhaustive"});
  EXPECT_EQ(right.at("verdict"), "PASS") << right.dump(1);
  EXPECT_EQ(right.at("exhausted"), true);
  const Json wrong = check("assumed_wrong", {"--search", "exhaustive", "--no-shrink"});
  EXPECT_EQ(wrong.at("verdict"), "FAIL") << wrong.dump(1);
}

TEST(Program, NoExecutionThatCountsIsUnknown) {
  const Json run = check("discards_all");
  EXPECT_EQ(run.at("verdict"), "UNKNOWN");
  EXPECT_NE(run.at("reason").dump().find("all were discarded"), std::string::npos) << run.dump(1);
}

TEST(Program, ThatDiesBeforeMainIsUnknownInOneLine) {
  const ProgramResult result = run_program({"program", path_of("dies_early")});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.err,
            "poolproof: the program dies before main(), of SIGABRT; nothing is known of it\n");
}

TEST(Program, ThatBeginsAThreadBeforeMainIsUnknownInOneLine) {
  const ProgramResult result = run_program({"program", path_of("early_thread")});
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.err,
            "poolproof: the program begins a thread before main(), which no execution would have; "
            "nothing is known of it\n");
}

TEST(Program, CrashesHaveATrace) {
  const Json run = check("wild_wrong", {"--no-shrink"});
  const Json& failure = run.at("failure");
  EXPECT_EQ(failure.at("message"), "SIGSEGV: it accesses memory that is not there");
  ASSERT_FALSE(failure.at("trace").empty()) << failure.dump(1);
  EXPECT_NE(failure.dump().find("wild.cpp"), std::string::npos) << failure.dump(1);
}

TEST(Program, WhatCannotBeSeenIsUnknown) {
  const Json run = check("forks");
  EXPECT_EQ(run.at("verdict"), "UNKNOWN");
  EXPECT_NE(run.at("reason").dump().find("fork()"), std::string::npos) << run.dump(1);
}

// Executions without an end do not hide what others show, nor does what they leave open pass.
TEST(Program, EndlessExecutionsAreLeftOut) {
  const Json right = check("endless", {"--steps", "300"});
  EXPECT_EQ(right.at("verdict"), "UNKNOWN");
  EXPECT_NE(right.at("reason").dump().find("too many steps"), std::string::npos) << right.dump(1);
  const Json wrong = check("endless_wrong", {"--steps", "300", "--no-shrink"});
  EXPECT_EQ(wrong.at("verdict"), "FAIL") << wrong.dump(1);
}

// Each execution takes long here, and the check ends in time all the same.
TEST(Program, AWaitForAPlainVariableThatNobodyWritesIsLeftOutToo) {
  for (const char* program : {"plain_wait", "plain_wait_counted"}) {
    const Json run = check(program, {"--steps", "300"});
    EXPECT_EQ(run.at("verdict"), "UNKNOWN");
    EXPECT_NE(run.at("reason").dump().find("too many steps"), std::string::npos) << run.dump(1);
  }
}

// By what is not seen the program may be right.
TEST(Program, InlineAssemblyIsNotCondemned) {
  for (const char* program : {"assembly", "plain_assembly"}) {
    const Json run = check(program);
    EXPECT_EQ(run.at("verdict"), "UNKNOWN");
    EXPECT_NE(run.at("reason").dump().find("has instructions for shared memory"), std::string::npos)
        << run.dump(1);
  }
}

// Nor is what a library orders that was not compiled for the check; what it has no part in fails.
TEST(Program, LibrariesOfOthersMayOrder) {
  const Json right = check("library_of_others");
  EXPECT_EQ(right.at("verdict"), "UNKNOWN");
  EXPECT_NE(right.at("reason").dump().find("lock_of_others of liblock_of_others.so was not"),
            std::string::npos)
      << right.dump(1);
  for (const char* program : {"library_of_others_wrong", "library_of_others_apart"}) {
    const Json wrong = check(program, {"--no-shrink"});
    EXPECT_EQ(wrong.at("verdict"), "FAIL") << wrong.dump(1);
  }
}

// Others are refused in one line.
TEST(Program, WasNotCompiledForIt) {
  const ProgramResult result = run_program({"program", "/bin/true"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("it was not linked by poolproof-c++"), std::string::npos) << result.err;
  EXPECT_EQ(run_program({"program", "/nowhere/at/all"}).status, 2);
}

TEST(Program, RunsByItselfAsAnyOther) {
  const ProgramResult result = run_program({}, path_of("std_sync"));
  EXPECT_EQ(result.status, 0) << result.err;
}

// A new user's file, from the compiler to the verdict.
TEST(Compiler, MakesAProgramThatIsChecked) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("program." + std::to_string(getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "new.cpp") << "#include <atomic>\n#include <cassert>\n#include <thread>\n"
                                       "std::atomic<int> n{0};\nvoid add() { n = n + 1; }\n"
                                       "int main() {\n  std::thread a(add), b(add);\n"
                                       "  a.join();\n  b.join();\n  assert(n == 2);\n}\n";
  const fs::path program = folder / "new";
  const ProgramResult compiled = run_program({"-std=c++20", folder / "new.cpp", "-o", program},
                                             fs::path(POOLPROOF_COMPILERS) / "poolproof-c++");
  ASSERT_EQ(compiled.status, 0) << compiled.err;
  const ProgramResult result = run_program({"program", program, "-b", "5s", "--jobs", "1"});
  EXPECT_EQ(result.status, 1) << result.out << result.err;
  EXPECT_NE(result.out.find("new.cpp:\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(":10\n"), std::string::npos) << result.out;
  fs::remove_all(folder);
}

// A library that has functions as ours has does not take their place: what it does is not seen.
TEST(Compiler, LinksOurLibraryBeforeOthers) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / ("wide." + std::to_string(getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "wide.c")
      << "#include <stdatomic.h>\nstruct Wide { long a, b, c; };\nstatic _Atomic struct Wide all;\n"
         "int main(void) {\n  struct Wide one = atomic_load(&all);\n  return (int)one.a;\n}\n";
  const fs::path program = folder / "wide";
  const ProgramResult compiled = run_program({folder / "wide.c", "-o", program, "-latomic"},
                                             fs::path(POOLPROOF_COMPILERS) / "poolproof-cc");
  EXPECT_EQ(compiled.status, 0) << compiled.err;
  const ProgramResult result = run_program({"program", program, "-b", "5s", "--jobs", "1"});
  EXPECT_NE(result.out.find("an atomic has more than 16 bytes"), std::string::npos)
      << result.out << result.err;
  fs::remove_all(folder);
}

}  // namespace
}  // namespace poolproof
