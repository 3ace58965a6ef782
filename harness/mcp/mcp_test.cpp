// poolproof mcp as a client meets it, as far as that is the same in every build.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "server.hpp"
#include "test_session.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::ordered_json;

const Json endless = {
    {"allocators", {"locked"}}, {"scenarios", {"churn"}}, {"seconds", 60}, {"threads", 2}};

TEST(Mcp, BeginsListsAndCalls) {
  McpSession session;
  session.request(1, "initialize", {{"protocolVersion", "2024-11-05"}});
  const Json begun = session.next().at("result");
  EXPECT_EQ(begun.at("protocolVersion"), "2024-11-05");
  EXPECT_TRUE(begun.at("capabilities").contains("tools"));
  EXPECT_EQ(begun.at("serverInfo").at("name"), "poolproof");
  session.notify("notifications/initialized", Json::object());
  session.request("two", "tools/list", Json::object());
  const Json listed = session.next();
  EXPECT_EQ(listed.at("id"), "two");
  std::string names;
  for (const Json& tool : listed.at("result").at("tools")) {
    names += tool.at("name").get<std::string>() + ' ';
    EXPECT_EQ(tool.at("inputSchema").at("type"), "object");
  }
  EXPECT_EQ(names,
            "list stress check program replay audit audit_program selftest selftest_program ");
  session.call(3, "list", Json::object());
  const Json list = session.result(3);
  EXPECT_EQ(list.at("isError"), false);
  EXPECT_NE(McpSession::text(list).find("lockless"), std::string::npos);
  session.request(4, "ping", Json::object());
  EXPECT_EQ(session.next().at("result"), Json::object());
  EXPECT_EQ(session.end(), 0);
}

TEST(Mcp, AgreesOnARevision) {
  McpSession session;
  for (const auto& [wanted, got] : {std::pair{Json("2025-11-25"), "2025-11-25"},
                                    {Json("1999-01-01"), "2025-11-25"},
                                    {Json(7), "2025-11-25"}}) {
    session.request(1, "initialize", {{"protocolVersion", wanted}});
    EXPECT_EQ(session.next().at("result").at("protocolVersion"), got);
  }
}

TEST(Mcp, StressesAndTellsProgress) {
  McpSession session;
  session.begin();
  session.request(1, "tools/call",
                  {{"name", "stress"},
                   {"arguments",
                    {{"allocators", {"locked", "async_linear"}},
                     {"scenarios", {"churn"}},
                     {"seconds", 0.1},
                     {"threads", 2},
                     {"seed", 1}}},
                   {"_meta", {{"progressToken", "p"}}}});
  double before = 0;
  Json message = session.next();
  for (; message.value("method", "") == "notifications/progress"; message = session.next()) {
    const Json params = message.at("params");
    EXPECT_EQ(params.at("progressToken"), "p");
    EXPECT_GT(params.at("progress").get<double>(), before) << "it must grow";
    before = params.at("progress").get<double>();
    EXPECT_NE(params.at("message").get<std::string>().find("] locked churn: "), std::string::npos);
  }
  EXPECT_GT(before, 0) << "there is progress";
  EXPECT_EQ(message.at("id"), 1);
  const Json result = message.at("result");
  EXPECT_NE(McpSession::text(result).find("PASS"), std::string::npos) << result.dump(1);
  EXPECT_NE(McpSession::text(result).find("note: async_linear churn is left out"),
            std::string::npos)
      << result.dump(1);
  EXPECT_EQ(result.at("structuredContent").at("verdict"), "PASS");
  EXPECT_EQ(result.at("structuredContent").at("interrupted"), false);
}

TEST(Mcp, AFailIsNoErrorOfTheCall) {
  McpSession session;
  session.begin();
  session.call(1, "stress",
               {{"allocators", {"specimen.no_nonce"}},
                {"scenarios", {"batch"}},
                {"seconds", 30},
                {"json", true}});
  const Json result = session.result(1);
  EXPECT_EQ(result.at("isError"), false);
  EXPECT_EQ(result.at("structuredContent").at("verdict"), "FAIL");
  EXPECT_EQ(Json::parse(McpSession::text(result)).at("runs")[0].at("verdict"), "FAIL");
}

TEST(Mcp, WrongArgumentsAreSaidToWhoeverMadeThem) {
  McpSession session;
  session.begin();
  for (const auto& [tool, arguments, words] :
       {std::tuple{"check", Json::object(), "check: allocators: it is missing"},
        {"stress", Json{{"allocators", {"lockles"}}}, "did you mean"},
        {"stress", Json{{"allocators", {"--help"}}}, "a text like"},
        {"stress", Json{{"allocators", "locked"}}, "array is wanted"},
        {"stress", Json{{"allocators", {"locked"}}, {"seconds", 3600}}, "at most 60"},
        {"stress", Json{{"allocators", {"locked"}}, {"threads", 1e300}}, "at most 64"},
        {"stress", Json{{"allocators", {"locked"}}, {"report", "/tmp/x"}}, "no such field"},
        {"program", Json{{"path", "--help"}}, "a text like"},
        {"program", Json{{"path", "/nowhere/at/all"}}, "there is no such program"},
        {"list", Json::array(), "object is wanted"}}) {
    session.call(tool, tool, arguments);
    const Json result = session.result(tool);
    EXPECT_EQ(result.at("isError"), true) << result.dump();
    EXPECT_NE(McpSession::text(result).find(words), std::string::npos) << result.dump();
  }
}

TEST(Mcp, BadInputGetsAnErrorAndTheServerGoesOn) {
  McpSession session;
  session.send_text(R"({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})"
                    "\n");
  EXPECT_EQ(session.next().at("error").at("code"), -32600) << "before initialize";
  session.begin();
  for (
      const auto& [text, code] :
      {std::pair{std::string("nonsense"), -32700},
       {"{\"jsonrpc\": \"2.0\", ", -32700},
       {"\xff\xfe", -32700},
       {std::string(100, '['), -32700},
       {"[]", -32600},
       {"7", -32600},
       {"{}", -32600},
       {R"({"jsonrpc": "1.0", "id": 1, "method": "ping"})", -32600},
       {R"({"jsonrpc": "2.0", "id": null, "method": "ping"})", -32600},
       {R"({"jsonrpc": "2.0", "id": 1.5, "method": "ping"})", -32600},
       {R"({"jsonrpc": "2.0", "id": 1, "method": 7})", -32600},
       {R"({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []})", -32600},
       {R"({"jsonrpc": "2.0", "id": 1, "method": "resources/list"})", -32601},
       {R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call"})", -32602},
       {R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "rm"}})", -32602},
       {R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list", "_meta": 1}})",
        -32603},
       {std::string(McpServer::longest_message + 2, 'x'), -32700}}) {
    session.send_text(text + "\n");
    const Json message = session.next();
    EXPECT_EQ(message.at("error").at("code"), code) << text.substr(0, 200);
    EXPECT_FALSE(message.at("error").at("message").get<std::string>().empty());
    EXPECT_TRUE(message.contains("id"));
  }
  // These get no answer.
  session.send_text("\n \r\n");
  session.send_text(R"({"jsonrpc": "2.0", "method": "notifications/whatever"})"
                    "\n");
  session.send_text(R"({"jsonrpc": "2.0", "id": 9, "result": {}})"
                    "\n");
  session.notify("notifications/cancelled", {{"requestId", 5}});
  session.request(6, "ping", Json::object());
  EXPECT_EQ(session.next().at("id"), 6);
  EXPECT_EQ(session.end(), 0);
}

TEST(Mcp, MakesOneCallAtATimeAndCancelsIt) {
  McpSession session;
  session.begin();
  session.call(1, "stress", endless);
  session.call(2, "list", Json::object());
  const Json refused = session.next();
  EXPECT_EQ(refused.at("id"), 2);
  EXPECT_EQ(refused.at("result").at("isError"), true);
  EXPECT_NE(McpSession::text(refused.at("result")).find("'stress' is still running"),
            std::string::npos);
  session.notify("notifications/cancelled", {{"requestId", 7}, {"reason", "of another"}});
  session.call(3, "list", Json::object());
  EXPECT_EQ(session.next().at("result").at("isError"), true) << "the call still runs";
  session.notify("notifications/cancelled", {{"requestId", 1}});
  session.call(4, "list", Json::object());
  const Json next = session.next();
  EXPECT_EQ(next.at("id"), 4) << "the cancelled call is not answered";
  EXPECT_EQ(next.at("result").at("isError"), false);
}

TEST(Mcp, ACallEndsAtItsLimitWithWhatItHas) {
  McpSession session({"--limit", "300ms"});
  session.begin();
  session.call(1, "stress", endless);
  const Json result = session.result(1);
  EXPECT_EQ(result.at("structuredContent").at("interrupted"), true) << result.dump();
  EXPECT_NE(McpSession::text(result).find("locked"), std::string::npos);
}

// As a child of pid that has not ended; 0: there is none.
pid_t child_of(pid_t pid) {
  const std::string name =
      "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children";
  pid_t child = 0;
  if (FILE* file = std::fopen(name.c_str(), "r")) {
    if (std::fscanf(file, "%d", &child) != 1) child = 0;
    std::fclose(file);
  }
  return child;
}

TEST(Mcp, TheCallEndsWithTheSession) {
  McpSession session;
  session.begin();
  session.call(1, "stress", endless);
  session.call(2, "list", Json::object());
  session.next();  // the first runs
  const pid_t child = child_of(session.pid());
  ASSERT_GT(child, 0);
  EXPECT_EQ(session.end(), 0);
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(child)));
}

}  // namespace
}  // namespace poolproof
