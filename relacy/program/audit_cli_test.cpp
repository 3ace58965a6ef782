// poolproof audit as a user meets it.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/cli/program.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::json;

TEST(AuditCommand, EveryOrderOfLocklessIsNeededOrKept) {
  const ProgramResult audit =
      run_program({"audit", "-a", "lockless", "-s", "churn", "-b", "5s", "--seed", "1", "--json"});
  EXPECT_EQ(audit.status, 0) << audit.out << audit.err;
  const Json json = Json::parse(audit.out);
  EXPECT_EQ(json.at("seed"), 1);
  const Json& entry = json.at("audits").at(0);
  EXPECT_EQ(entry.at("verdict"), "PASS");
  EXPECT_EQ(entry.at("scenarios"), Json({"churn"}));
  unsigned needed = 0;
  for (const Json& site : entry.at("sites")) {
    if (site.at("verdict") == "not_shown_needed") {
      EXPECT_TRUE(site.at("kept").is_string()) << site;
      continue;
    }
    const bool relaxed = site.at("written") == "relaxed";
    EXPECT_EQ(site.at("verdict"), relaxed ? "relaxed" : "needed") << site;
    if (relaxed) continue;
    ++needed;
    // The counterexample, as a user would see it.
    const Json& failure = site.at("trials").at(0).at("failure");
    const ProgramResult replay = run_program({"replay", failure.at("token").get<std::string>()});
    EXPECT_EQ(replay.status, 1) << replay.out;
    const bool on_failure = site.at("operation") == "CAS failure";
    EXPECT_NE(replay.out.find(std::string("with relaxed in place of the ") +
                              (on_failure ? "failure " : "") + "order that is written at " +
                              site.at("file").get<std::string>()),
              std::string::npos)
        << replay.out;
  }
  EXPECT_EQ(needed, 5u);
}

TEST(AuditCommand, ASpecimenFailsAndNoOrderCuresIt) {
  const ProgramResult audit =
      run_program({"audit", "-a", "specimen.no_nonce", "-s", "churn", "-b", "5s"});
  EXPECT_EQ(audit.status, 1) << audit.out;
  EXPECT_TRUE(audit.out.starts_with("FAIL specimen.no_nonce under churn\n")) << audit.out;
  EXPECT_NE(audit.out.find("no single stronger order cures it"), std::string::npos) << audit.out;
}

TEST(AuditCommand, AnInterruptEndsItWithAReport) {
  Program program({"audit", "-a", "deferred", "-b", "10s", "--json"});
  ASSERT_TRUE(program.wait_for("deferred_block_allocator.hpp"));
  kill(program.pid(), SIGINT);
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 3) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("audits").at(0).at("interrupted"), true);
  EXPECT_EQ(json.at("audits").at(0).at("verdict"), "UNKNOWN");
}

}  // namespace
}  // namespace poolproof
