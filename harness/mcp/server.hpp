// poolproof mcp: a server of the Model Context Protocol on standard input and output, for agents
// and editors: JSON-RPC 2.0, one message a line. https://modelcontextprotocol.io/specification
// Each tool is a verb of this program, which runs in a process of its own, one at a time.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "call.hpp"
#include "harness/base/time.hpp"

namespace poolproof {

class McpServer {
 public:
  // program: the file of this program. call_limit: of a tool's call, which is then interrupted and
  // answers with what it has.
  McpServer(std::string program, Nanoseconds call_limit)
      : program_(std::move(program)), call_limit_(call_limit) {}

  // Serves until standard input ends, or standard output takes nothing more. A call that runs then
  // is killed. Returns the exit status.
  int run();

  static constexpr std::size_t longest_message = 1 << 20;  // bytes

 private:
  using Json = nlohmann::ordered_json;

  // Reads what is there. Returns false at the end of the input.
  bool read_input();
  void take_line(std::string_view line);
  void take_message(const Json& message);
  void take_request(const Json& id, const std::string& method, const Json& params);
  void take_notification(const std::string& method, const Json& params);

  void initialize(const Json& id, const Json& params);
  void call_tool(const Json& id, const Json& params);
  void follow_call();  // what it has said, and whether it has ended

  void send(const Json& message);
  void answer(const Json& id, const Json& result);
  void refuse(const Json& id, int code, const std::string& why);

  const std::string program_;
  const Nanoseconds call_limit_;
  std::string input_;      // a line that has not ended
  bool too_long_ = false;  // the rest of that line is skipped
  bool initialized_ = false;
  bool output_lost_ = false;
  std::optional<McpCall> call_;
};

}  // namespace poolproof
