#include "call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "harness/base/exit_status.hpp"
#include "harness/base/text.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// From the request to end to the kill: results are printed meanwhile, and a failure is shrunk.
constexpr Nanoseconds grace = std::chrono::seconds(30);
constexpr std::size_t longest_err = 4096;

std::vector<std::string> command_line(const McpCall::Request& request) {
  std::vector<std::string> line = request.tool->command_line(request.arguments);
  if (request.tool->tells_progress && !request.progress_token.is_null()) {
    line.insert(line.begin() + 1, "--progress-json");
  }
  return line;
}

const char* verdict_of(int status) {
  return status == all_pass ? "PASS" : status == some_fail ? "FAIL" : "UNKNOWN";
}

}  // namespace

McpCall::McpCall(Request request, const std::string& program, Nanoseconds limit)
    : request_(std::move(request)),
      process_(std::make_unique<VerbProcess>(program, command_line(request_))),
      limit_(limit) {}

void McpCall::read_out() {
  out_ += process_->read_out();
  if (out_.size() > longest_answer) {
    cut_ = true;
    out_.resize(longest_answer);
  }
}

std::vector<Json> McpCall::read_err() {
  std::vector<Json> progress;
  err_line_ += process_->read_err();
  for (std::size_t end; (end = err_line_.find('\n')) != std::string::npos;) {
    take_err_line(err_line_.substr(0, end), progress);
    err_line_.erase(0, end + 1);
  }
  if (err_line_.size() > longest_err) err_line_.erase(0, err_line_.size() - longest_err);
  return progress;
}

void McpCall::take_err_line(const std::string& line, std::vector<Json>& progress) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_object() && json.contains("progress")) {
    progress.push_back(progress_of(json));
    return;
  }
  if (line.starts_with("note: ") && notes_.size() < longest_err) notes_ += line + '\n';
  err_ += line + '\n';
  if (err_.size() > longest_err) err_.erase(0, err_.size() - longest_err);
}

// Its number must grow: the seconds since the call began.
Json McpCall::progress_of(const Json& line) {
  told_ = std::max(in_seconds(Clock::now() - start_), told_ + 1e-6);
  std::string words = fmt::format("[{}/{}] {} {}: {}", line.value("run", 0), line.value("runs", 0),
                                  line.value("allocator", ""), line.value("scenario", ""),
                                  line.value("progress", ""));
  for (const char* count : {"executions", "pairs"}) {
    if (line.contains(count)) words += fmt::format(", {} {}", line.at(count).dump(), count);
  }
  if (line.contains("verdict")) words += ", " + line.value("verdict", "");
  return {{"progressToken", request_.progress_token}, {"progress", told_}, {"message", words}};
}

void McpCall::keep_to_limit() {
  const Nanoseconds taken = Clock::now() - start_;
  if (taken >= limit_ && !interrupted_) {
    interrupted_ = true;
    process_->send(SIGTERM);
  }
  if (taken >= limit_ + grace) killed_ = true;
}

int McpCall::patience() const {
  const Nanoseconds next = interrupted_ ? limit_ + grace : limit_;
  const Nanoseconds left = next - (Clock::now() - start_);
  return static_cast<int>(std::max<std::int64_t>(left / std::chrono::milliseconds(1), 0)) + 1;
}

Json McpCall::result() {
  if (killed_) process_->send(SIGKILL);
  const std::optional<int> status = process_->wait();
  const bool usable = status && *status != wrong_usage && !(out_.empty() && *status != all_pass);
  std::string text = usable ? notes_ + out_ : err_ + err_line_;
  if (text.empty()) {
    text = killed_ ? "it was killed, since it went on after its time"
                   : "its process ended without a word";
  }
  if (cut_) text += fmt::format("\n... cut after {} bytes", longest_answer);
  Json result = {{"content", Json::array({{{"type", "text"}, {"text", text}}})},
                 {"isError", !usable}};
  if (usable && request_.tool->has_verdict) {
    result["structuredContent"] = {{"verdict", verdict_of(*status)}, {"interrupted", interrupted_}};
  }
  return result;
}

}  // namespace poolproof
