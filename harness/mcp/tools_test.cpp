// Tests how arguments of a tool become a command line.
#include "tools.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/report/schema.hpp"

namespace poolproof {
namespace {

using Json = nlohmann::ordered_json;
using Line = std::vector<std::string>;

Line line_of(const char* name, const Json& arguments) {
  const McpTool& tool = *find_mcp_tool(name);
  EXPECT_EQ(schema_fault(arguments, tool.input_schema()), "") << name;
  return tool.command_line(arguments);
}

TEST(McpTools, BecomeCommandLines) {
  EXPECT_EQ(line_of("list", Json::object()), (Line{"list"}));
  EXPECT_EQ(line_of("list", {{"json", false}}), (Line{"list"}));
  EXPECT_EQ(line_of("stress", {{"threads", 2}, {"allocators", {"a", "b"}}, {"seconds", 1.5}}),
            (Line{"stress", "--allocator=a,b", "--budget=1500ms", "--threads=2"}));
  EXPECT_EQ(line_of("check", {{"allocators", {"a"}},
                              {"lock_free", true},
                              {"search", "pct:3"},
                              {"seed", 18446744073709551615U}}),
            (Line{"check", "--allocator=a", "--budget=5000ms", "--seed=18446744073709551615",
                  "--search=pct:3", "--lock-free"}));
  EXPECT_EQ(line_of("program", {{"arguments", {"-x", "2"}}, {"path", "./p"}, {"json", true}}),
            (Line{"program", "./p", "--budget=5000ms", "--json", "--", "-x", "2"}));
  EXPECT_EQ(line_of("audit_program", {{"path", "./p"}, {"no_races", true}, {"seconds", 9}}),
            (Line{"audit", "./p", "--budget=9000ms", "--no-races"}));
  EXPECT_EQ(line_of("selftest", {{"allocators", {"a"}}, {"least", 90}}),
            (Line{"selftest", "--allocator=a", "--budget=5000ms", "--least=90"}));
  EXPECT_EQ(line_of("selftest_program", {{"path", "./p"}, {"arguments", {"2"}}, {"seed", 1U}}),
            (Line{"selftest", "./p", "--budget=5000ms", "--seed=1", "--", "2"}));
  EXPECT_EQ(line_of("replay", {{"token", "pp1:x"}}), (Line{"replay", "pp1:x"}));
}

// No text of an argument becomes an option that the tool does not offer.
TEST(McpTools, TakeNoTextForAnOption) {
  for (const McpTool& tool : mcp_tools()) {
    for (const McpArgument& argument : tool.arguments) {
      if (argument.kind == McpOption::rest) continue;  // stands behind "--"
      for (const char* text : {"--report=/tmp/x", "-o", "a b", ""}) {
        for (const Json& value : {Json(text), Json::array({text})}) {
          Json only = {{"type", "object"}, {"properties", {{argument.name, argument.schema}}}};
          if (argument.kind == McpOption::positional && std::string(text) == "a b") continue;
          EXPECT_NE(schema_fault({{argument.name, value}}, only), "")
              << tool.name << ' ' << argument.name << ' ' << value;
        }
      }
    }
  }
  EXPECT_EQ(find_mcp_tool("report"), nullptr);
}

}  // namespace
}  // namespace poolproof
