// poolproof audit and selftest of programs as they are, with known answers.
#include <gtest/gtest.h>

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

struct Tested {
  int status = -1;
  Json entry;
};
Tested tested(const char* verb, const std::string& program, const Arguments& more) {
  Arguments arguments = {verb, path_of(program), "--seed", "1", "--jobs", "1", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramResult result = run_program(arguments);
  const Json json = Json::parse(result.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << result.out << result.err;
  if (json.is_discarded()) return {};
  return {result.status, json.at(std::string(verb) + 's').at(0)};
}

std::string text_of(const Json& json) { return json.is_null() ? "" : json.get<std::string>(); }

// "17 store release: needed; "
std::string verdicts(const Json& entry) {
  std::string text;
  for (const Json& site : entry.at(entry.contains("sites") ? "sites" : "mutants")) {
    text += std::to_string(site.at("line").get<int>()) + ' ' + text_of(site.at("operation")) + ' ' +
            text_of(site.at("written"));
    if (site.contains("mutant")) text += " as " + text_of(site.at("mutant"));
    text += ": " + text_of(site.at("verdict")) + "; ";
  }
  return text;
}

TEST(ProgramAudit, SaysWhichOrdersAreNeeded) {
  const Tested lock = tested("audit", "spin_lock", {"-b", "4s"});
  EXPECT_EQ(lock.status, 0);
  EXPECT_EQ(verdicts(lock.entry), "10 exchange acquire: needed; 16 store release: needed; ");
  const Tested message = tested("audit", "message", {"-b", "4s"});
  EXPECT_EQ(message.status, 0);
  EXPECT_EQ(verdicts(message.entry), "18 store release: needed; 21 load acquire: needed; ");
  const Tested fences = tested("audit", "fences", {"-b", "4s"});
  EXPECT_EQ(fences.status, 0);
  EXPECT_EQ(verdicts(fences.entry),
            "12 fence release: needed; 13 store relaxed: relaxed; 17 load relaxed: relaxed; "
            "19 fence acquire: needed; ");
}

TEST(ProgramAudit, ATreiberStackNeedsItsPairs) {
  const Tested stack = tested("audit", "tagged_stack", {"-b", "20s"});
  EXPECT_EQ(stack.status, 3);
  const std::string text = verdicts(stack.entry);
  for (const char* part :
       {"24 CAS release: needed", "29 load acquire: needed", "32 CAS failure acquire: needed",
        "32 CAS acquire: not_shown_needed", "49 exchange seq_cst: not_shown_needed"}) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

// The token of a weakened execution replays, and says what was weakened.
TEST(ProgramAudit, TokensNameTheWeakening) {
  const Tested message = tested("audit", "message", {"-b", "4s"});
  const Json& failure = message.entry.at("sites").at(0).at("trials").at(0).at("failure");
  const std::string token = failure.at("token");
  EXPECT_NE(token.find(":message.cpp.18."), std::string::npos) << token;
  EXPECT_NE(token.find("=relaxed:"), std::string::npos) << token;
  const ProgramResult again = run_program({"replay", token});
  EXPECT_EQ(again.status, 1) << again.out << again.err;
  EXPECT_NE(again.out.find("with relaxed in place of the order that is written at message.cpp:18"),
            std::string::npos)
      << again.out;
  const Tested lock = tested("selftest", "spin_lock", {"-b", "1s"});
  for (const Json& mutant : lock.entry.at("mutants")) {
    const ProgramResult killed = run_program({"replay", mutant.at("failure").at("token")});
    EXPECT_EQ(killed.status, 1) << mutant.dump(1) << killed.out;
  }
}

TEST(ProgramSelftest, KillsWhatItPlants) {
  const Tested lock = tested("selftest", "spin_lock", {"-b", "1s", "--least", "100"});
  EXPECT_EQ(lock.status, 0);
  EXPECT_EQ(
      verdicts(lock.entry),
      "10 exchange acquire as load_and_store: killed; 10 exchange acquire as relaxed: killed; "
      "16 store release as relaxed: killed; ");
  const Tested fences = tested("selftest", "fences", {"-b", "1s", "--least", "100"});
  EXPECT_EQ(fences.status, 0);
  EXPECT_EQ(verdicts(fences.entry),
            "12 fence release as relaxed: killed; 19 fence acquire as relaxed: killed; ");
  const Tested stack = tested("selftest", "tagged_stack", {"-b", "1s", "--least", "100"});
  EXPECT_EQ(stack.status, 1);
  EXPECT_NE(verdicts(stack.entry).find("24 CAS release as load_and_store: killed"),
            std::string::npos);
  EXPECT_NE(text_of(stack.entry.at("reason")).find("and 100 % are wanted"), std::string::npos);
}

TEST(ProgramSelftest, NamesWhatIsNotReachedAndWhatIsEquivalent) {
  const Tested all = tested("selftest", "unreached", {"--search", "exhaustive", "-b", "5s"});
  const std::string text = verdicts(all.entry);
  EXPECT_NE(text.find("10 store release as relaxed: not_reached"), std::string::npos) << text;
  EXPECT_NE(text.find("12 fetch_add relaxed as load_and_store: killed"), std::string::npos) << text;
  // The thread has been joined.
  EXPECT_NE(text.find("14 load seq_cst as acquire: equivalent"), std::string::npos) << text;
  const Tested audit = tested("audit", "unreached", {"-b", "2s"});
  EXPECT_NE(verdicts(audit.entry).find("10 store release: not_reached"), std::string::npos);
}

TEST(ProgramSelftest, EmptyRunsFailByName) {
  for (const char* verb : {"audit", "selftest"}) {
    const Tested none = tested(verb, "all_orders", {"-b", "500ms"});
    EXPECT_EQ(none.status, 1) << none.entry.dump(1);
    EXPECT_TRUE(text_of(none.entry.at("reason")).starts_with("nothing instrumented")) << verb;
    const Tested discarded = tested(verb, "discards_all", {"-b", "500ms"});
    EXPECT_EQ(discarded.status, 1) << discarded.entry.dump(1);
    EXPECT_TRUE(text_of(discarded.entry.at("reason")).starts_with("all executions were discarded"))
        << verb;
    const Tested wrong = tested(verb, "message_wrong", {"-b", "1s"});
    EXPECT_EQ(wrong.status, 1) << "it fails as it is written";
  }
}

TEST(ProgramAudit, WrongInputIsOneLine) {
  const std::string program = path_of("message");
  const std::vector<std::pair<Arguments, const char*>> all = {
      {{program, "-a", "lockless"}, "is for allocators"},
      {{program, "--rounds", "2"}, "is for allocators"},
      {{program, "--steps", "1"}, "--steps"},
      {{"/bin/true"}, "it was not linked by poolproof-c++"},
      {{"/nowhere/at/all"}, "there is no such program"}};
  for (const char* verb : {"audit", "selftest"}) {
    for (const auto& [more, message] : all) {
      Arguments arguments = {verb};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const ProgramResult result = run_program(arguments);
      EXPECT_EQ(result.status, 2) << message;
      EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
      EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
    }
  }
}

}  // namespace
}  // namespace poolproof
