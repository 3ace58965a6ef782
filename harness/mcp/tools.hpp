// The tools that poolproof mcp offers: each is a verb of the command line with some of its options.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof {

// Says what a JSON value of an argument becomes.
enum class McpOption {
  value,       // "--seed=7"; numbers too
  list,        // "--allocator=a,b"
  flag,        // "--lock-free", if it is true
  seconds,     // "--budget=1500ms"
  positional,  // by itself
  rest,        // all of them, behind "--"
};

struct McpArgument {
  const char* name;
  McpOption kind;
  const char* option;  // of the command line; unused by positional and rest
  nlohmann::ordered_json schema;
  bool required = false;
};

struct McpTool {
  const char* name;
  const char* verb;  // of the command line; several tools may share one
  std::string description;
  std::vector<McpArgument> arguments;
  bool tells_progress = false;  // takes --progress-json
  bool has_verdict = true;      // its exit status is one

  // As tools/list gives it: JSON Schema, draft 2020-12.
  nlohmann::ordered_json input_schema() const;
  // The arguments of the command line, without the program's name. arguments: as the schema says.
  std::vector<std::string> command_line(const nlohmann::ordered_json& arguments) const;
};

const std::vector<McpTool>& mcp_tools();
// Returns null if there is no such tool.
const McpTool* find_mcp_tool(std::string_view name);

}  // namespace poolproof
