// A call of a tool that is under way.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/base/time.hpp"
#include "tools.hpp"
#include "verb_process.hpp"

namespace poolproof {

class McpCall {
 public:
  using Json = nlohmann::ordered_json;

  struct Request {
    Json id;
    const McpTool* tool = nullptr;
    Json arguments = {};       // as the tool's schema says
    Json progress_token = {};  // null: none is wanted
  };

  // Throws std::runtime_error if no process can be made.
  McpCall(Request request, const std::string& program, Nanoseconds limit);

  const Json& id() const noexcept { return request_.id; }
  const char* tool() const noexcept { return request_.tool->name; }
  const VerbProcess& process() const noexcept { return *process_; }

  // Reads what the process has said, once poll says that there is something.
  void read_out();
  // The same of standard error. Returns the parameters of notifications/progress.
  std::vector<Json> read_err();
  // Interrupts the process once its time is over, and kills it some time later.
  void keep_to_limit();
  // When keep_to_limit has something to do next, in milliseconds from now.
  int patience() const;
  bool is_done() const noexcept { return killed_ || process_->at_end(); }
  // The result of tools/call, once the call is done.
  Json result();

  static constexpr std::size_t longest_answer = 1 << 20;  // bytes

 private:
  void take_err_line(const std::string& line, std::vector<Json>& progress);
  Json progress_of(const Json& line);

  Request request_;
  std::unique_ptr<VerbProcess> process_;
  Nanoseconds limit_;
  Clock::time_point start_ = Clock::now();
  bool interrupted_ = false;
  bool killed_ = false;
  double told_ = 0;  // the last progress
  std::string out_;
  bool cut_ = false;      // out_ is not all
  std::string notes_;     // what the run leaves out, and why
  std::string err_;       // the last of what is no progress
  std::string err_line_;  // that has not ended
};

}  // namespace poolproof
