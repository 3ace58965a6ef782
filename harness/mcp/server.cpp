#include "server.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>

#include "harness/base/exit_status.hpp"
#include "harness/base/input_file.hpp"
#include "harness/base/text.hpp"
#include "harness/report/report.hpp"
#include "harness/report/schema.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// Error codes of JSON-RPC 2.0.
constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int method_not_found = -32601;
constexpr int invalid_params = -32602;
constexpr int internal_error = -32603;

// Revisions of the protocol; the newest last.
constexpr std::array revisions = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

constexpr const char* instructions =
    "Finds bugs in lock-free code and pool allocators. 'list' shows what can be checked; 'check' "
    "searches executions with a model checker, 'stress' runs real threads, 'program' checks a "
    "compiled program as it is. A FAIL is explained step by step and ends with a token for "
    "'replay'. UNKNOWN: too little was run for a PASS, so give more seconds. One call at a time.";

Json tool_list() {
  Json tools = Json::array();
  for (const McpTool& tool : mcp_tools()) {
    tools.push_back({{"name", tool.name},
                     {"description", tool.description},
                     {"inputSchema", tool.input_schema()}});
  }
  return {{"tools", tools}};
}

// The result of a call that was not made, for whoever made it to read.
Json tool_error(const std::string& why) {
  return {{"content", Json::array({{{"type", "text"}, {"text", why}}})}, {"isError", true}};
}

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer(); }

}  // namespace

int McpServer::run() {
  for (bool more = true; more && !output_lost_;) {
    std::array<pollfd, 3> ends = {{{STDIN_FILENO, POLLIN, 0},
                                   {call_ ? call_->process().out() : -1, POLLIN, 0},
                                   {call_ ? call_->process().err() : -1, POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), call_ ? call_->patience() : -1) < 0 && errno != EINTR) break;
    if (call_) {
      if (ends[1].revents != 0) call_->read_out();
      if (ends[2].revents != 0) {
        for (const Json& progress : call_->read_err()) {
          send({{"method", "notifications/progress"}, {"params", progress}});
        }
      }
      follow_call();
    }
    if (ends[0].revents != 0) more = read_input();
  }
  return output_lost_ ? some_unknown : all_pass;
}

void McpServer::follow_call() {
  call_->keep_to_limit();
  if (!call_->is_done()) return;
  answer(call_->id(), call_->result());
  call_.reset();
}

bool McpServer::read_input() {
  char buffer[1 << 16];
  const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  input_.append(buffer, static_cast<std::size_t>(got));
  std::size_t start = 0;
  for (std::size_t end; (end = input_.find('\n', start)) != std::string::npos; start = end + 1) {
    if (!std::exchange(too_long_, false)) {
      take_line(std::string_view(input_).substr(start, end - start));
    }
  }
  input_.erase(0, start);
  if (input_.size() > longest_message) {
    if (!std::exchange(too_long_, true)) {
      refuse(nullptr, parse_error,
             fmt::format("a message has at most {} bytes in one line", longest_message));
    }
    input_.clear();
  }
  return true;
}

void McpServer::take_line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  Json message;
  try {
    message = parse_input(line);
  } catch (const InputError& error) {
    refuse(nullptr, parse_error, error.what());
    return;
  }
  try {
    take_message(message);
  } catch (const std::exception& error) {
    const Json id = message.is_object() ? message.value("id", Json()) : Json();
    refuse(is_id(id) ? id : Json(), internal_error, one_line(error.what()));
  }
}

void McpServer::take_message(const Json& message) {
  if (!message.is_object()) {
    refuse(nullptr, invalid_request, "a message is one JSON object in one line; batches are not");
    return;
  }
  const Json id = message.value("id", Json());
  const Json method = message.value("method", Json());
  const Json params = message.value("params", Json::object());
  if (method.is_null() && (message.contains("result") || message.contains("error"))) return;
  if (message.value("jsonrpc", Json()) != "2.0" || !method.is_string() || !params.is_object() ||
      (message.contains("id") && !is_id(id))) {
    refuse(is_id(id) ? id : Json(), invalid_request,
           "wanted are \"jsonrpc\": \"2.0\", a method, params that are an object, and of a request "
           "an id that is a text or a whole number");
  } else if (message.contains("id")) {
    take_request(id, method.get<std::string>(), params);
  } else {
    take_notification(method.get<std::string>(), params);
  }
}

void McpServer::take_request(const Json& id, const std::string& method, const Json& params) {
  if (method == "ping") {
    answer(id, Json::object());
  } else if (method == "initialize") {
    initialize(id, params);
  } else if (!initialized_) {
    refuse(id, invalid_request, "'initialize' is wanted first");
  } else if (method == "tools/list") {
    answer(id, tool_list());
  } else if (method == "tools/call") {
    call_tool(id, params);
  } else {
    refuse(id, method_not_found,
           fmt::format("there is no method '{}', only initialize, ping, tools/list and tools/call",
                       one_line(method)));
  }
}

// A client that cancels a call gets no answer to it.
void McpServer::take_notification(const std::string& method, const Json& params) {
  if (method != "notifications/cancelled" || !call_) return;
  if (params.value("requestId", Json()) == call_->id()) call_.reset();
}

void McpServer::initialize(const Json& id, const Json& params) {
  const Json wanted = params.value("protocolVersion", Json());
  const bool known = std::any_of(revisions.begin(), revisions.end(),
                                 [&](const char* revision) { return wanted == revision; });
  initialized_ = true;
  answer(id, {{"protocolVersion", known ? wanted : Json(revisions.back())},
              {"capabilities", {{"tools", Json::object()}}},
              {"serverInfo", {{"name", "poolproof"}, {"version", version()}}},
              {"instructions", instructions}});
}

void McpServer::call_tool(const Json& id, const Json& params) {
  const Json name = params.value("name", Json());
  const McpTool* tool = name.is_string() ? find_mcp_tool(name.get<std::string>()) : nullptr;
  if (tool == nullptr) {
    refuse(id, invalid_params,
           fmt::format("there is no tool {}; tools/list shows which there are", name.dump()));
    return;
  }
  const Json arguments = params.value("arguments", Json::object());
  if (const std::string fault = schema_fault(arguments, tool->input_schema()); !fault.empty()) {
    answer(id, tool_error(fmt::format("{}: {}", tool->name, fault)));
    return;
  }
  if (call_) {
    answer(id, tool_error(fmt::format("one call at a time: '{}' is still running; wait for it, or "
                                      "cancel it",
                                      call_->tool())));
    return;
  }
  const Json token = params.value("_meta", Json::object()).value("progressToken", Json());
  call_.emplace(McpCall::Request{.id = id,
                                 .tool = tool,
                                 .arguments = arguments,
                                 .progress_token = is_id(token) ? token : Json()},
                program_, call_limit_);
}

void McpServer::send(const Json& message) {
  Json whole = {{"jsonrpc", "2.0"}};
  whole.update(message);
  const std::string line = whole.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  output_lost_ = output_lost_ || std::fwrite(line.data(), 1, line.size(), stdout) != line.size() ||
                 std::fflush(stdout) != 0;
}

void McpServer::answer(const Json& id, const Json& result) {
  send({{"id", id}, {"result", result}});
}

void McpServer::refuse(const Json& id, int code, const std::string& why) {
  send({{"id", id}, {"error", {{"code", code}, {"message", why}}}});
}

}  // namespace poolproof
