// For tests: a client's session with poolproof mcp.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace poolproof {

class McpSession {
 public:
  using Json = nlohmann::ordered_json;

  explicit McpSession(std::vector<std::string> options = {}) {
    int in[2];
    int out[2];
    if (pipe(in) != 0 || pipe(out) != 0) std::abort();
    std::vector<std::string> arguments = {POOLPROOF_PROGRAM, "mcp"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  McpSession(const McpSession&) = delete;
  McpSession& operator=(const McpSession&) = delete;
  ~McpSession() {
    end();
    close(out_);
  }

  void send_text(const std::string& text) {
    EXPECT_EQ(write(in_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void notify(const std::string& method, const Json& params) {
    send_text(Json({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}).dump() + "\n");
  }
  void request(const Json& id, const std::string& method, const Json& params) {
    send_text(
        Json({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}).dump() +
        "\n");
  }
  void call(const Json& id, const std::string& tool, const Json& arguments) {
    request(id, "tools/call", {{"name", tool}, {"arguments", arguments}});
  }
  void begin() {
    request("begin", "initialize",
            {{"protocolVersion", "2025-06-18"},
             {"capabilities", Json::object()},
             {"clientInfo", {{"name", "test"}, {"version", "1"}}}});
    EXPECT_EQ(next().at("id"), "begin");
    notify("notifications/initialized", Json::object());
  }

  // The next message of the server; null if it has ended, or says nothing for two minutes.
  Json next() {
    for (;;) {
      if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
        const Json message = Json::parse(read_.substr(0, end));
        read_.erase(0, end + 1);
        EXPECT_EQ(message.at("jsonrpc"), "2.0");
        return message;
      }
      pollfd end = {out_, POLLIN, 0};
      char buffer[4096];
      if (poll(&end, 1, 120'000) != 1) return nullptr;
      const ssize_t got = read(out_, buffer, sizeof buffer);
      if (got <= 0) return nullptr;
      read_.append(buffer, static_cast<std::size_t>(got));
    }
  }
  // Reads the answer to the call with this id, and skips notifications.
  Json result(const Json& id) {
    for (;;) {
      const Json message = next();
      if (message.is_null() || message.value("id", Json()) == id) {
        return message.is_null() ? message : message.value("result", message);
      }
    }
  }
  static std::string text(const Json& result) {
    return result.is_null() ? "" : result.at("content").at(0).at("text").get<std::string>();
  }

  // Closes the server's input. Returns its exit status; -1 if a signal ended it.
  int end() {
    if (in_ >= 0) close(std::exchange(in_, -1));
    int status = 0;
    if (pid_ >= 0) waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::string read_;
};

}  // namespace poolproof
