// poolproof mcp, and the tools that need the model checker.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "harness/mcp/test_session.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::ordered_json;

bool says(const Json& result, const std::string& words) {
  return McpSession::text(result).find(words) != std::string::npos;
}

// The token that a FAIL ends with.
std::string token_of(const Json& result) {
  const std::string text = McpSession::text(result);
  const std::size_t at = text.find("pp1:");
  return at == std::string::npos ? "" : text.substr(at, text.find_first_of(" \n", at) - at);
}

TEST(McpCheck, ShowsAFailureAndReplaysIt) {
  McpSession session;
  session.begin();
  session.call(1, "check",
               {{"allocators", {"specimen.no_nonce"}},
                {"scenarios", {"batch"}},
                {"seed", 2},
                {"seconds", 30}});
  const Json found = session.result(1);
  EXPECT_EQ(found.at("isError"), false);
  EXPECT_EQ(found.at("structuredContent").at("verdict"), "FAIL");
  EXPECT_TRUE(says(found, "came back")) << found.dump(1);
  session.call(2, "replay", {{"token", token_of(found)}});
  const Json again = session.result(2);
  EXPECT_EQ(again.at("structuredContent").at("verdict"), "FAIL");
  EXPECT_TRUE(says(again, "came back")) << again.dump(1);
  session.call(3, "replay", {{"token", "pp1:nonsense"}});
  EXPECT_EQ(session.result(3).at("isError"), true);
}

TEST(McpCheck, ChecksAProgramAsItIs) {
  McpSession session;
  session.begin();
  session.call(1, "program", {{"path", POOLPROOF_PROGRAMS "/program_message_wrong"}, {"seed", 1}});
  const Json found = session.result(1);
  EXPECT_EQ(found.at("structuredContent").at("verdict"), "FAIL") << found.dump(1);
  EXPECT_TRUE(says(found, "message.cpp")) << found.dump(1);
  session.call(2, "replay", {{"token", token_of(found)}});
  EXPECT_EQ(session.result(2).at("structuredContent").at("verdict"), "FAIL");
  session.call(3, "program", {{"path", "/bin/true"}});
  const Json refused = session.result(3);
  EXPECT_EQ(refused.at("isError"), true) << "it would run as it is";
  EXPECT_TRUE(says(refused, "poolproof-c++")) << refused.dump(1);
}

TEST(McpCheck, AuditsAndAnswersInJson) {
  McpSession session;
  session.begin();
  session.call(
      1, "audit",
      {{"allocators", {"lockless"}}, {"scenarios", {"churn"}}, {"seconds", 1}, {"json", true}});
  const Json result = session.result(1);
  EXPECT_EQ(result.at("isError"), false) << result.dump(1);
  EXPECT_EQ(Json::parse(McpSession::text(result)).at("audits").size(), 1U);
}

}  // namespace
}  // namespace poolproof
