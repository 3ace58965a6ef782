#include "box_check.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "harness/base/exit_status.hpp"
#include "harness/base/text.hpp"
#include "program_command.hpp"
#include "report_pipe.hpp"

namespace poolproof {

namespace {

void check_is_there(const std::string& path) {
  if (access(path.c_str(), X_OK) == 0) return;
  throw std::runtime_error(fmt::format(
      "{} is not there: poolproof_add_subject makes it, on x86-64 and Linux, without a sanitizer",
      path));
}

// The task that the program of black boxes gets.
struct Order {
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> command;  // ours, as the command line of a verb has it
};

std::vector<std::string> arguments_of(const std::string& allocator,
                                      const std::vector<std::string>& scenarios,
                                      const Scope& scope) {
  return {allocator, fmt::format("{}", fmt::join(scenarios, ",")), std::to_string(scope.actors),
          std::to_string(scope.blocks), std::to_string(scope.rounds)};
}
template <class Config>
std::vector<std::string> command_of(const char* verb, const std::string& path,
                                    const Config& config) {
  return {program_name(),
          verb,
          path,
          "--budget",
          format_duration(config.budget),
          "--seed",
          std::to_string(config.seed),
          "--jobs",
          std::to_string(config.jobs)};
}
void add_search(const CheckConfig& config, std::vector<std::string>& command) {
  command.insert(command.end(), {"--search", format_search(config.search)});
  if (config.executions != 0) {
    command.insert(command.end(), {"--executions", std::to_string(config.executions)});
  }
  if (config.shrink_limit == Nanoseconds(0)) command.emplace_back("--no-shrink");
}

[[noreturn]] void carry_out(const Order& order, int descriptor, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(some_unknown);
  setenv(ReportPipe::variable, std::to_string(descriptor).c_str(), 1);
  try {
    ProgramCommand::become(order.path, order.arguments, order.command);
  } catch (const std::exception& error) {
    ReportPipe(descriptor).refuse(error.what());
  }
  _exit(some_unknown);
}

// The lines of a process, as they come.
class Lines {
 public:
  explicit Lines(int descriptor) noexcept : descriptor_(descriptor) {}
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() { close(descriptor_); }

  // Waits for a tenth of a second at most. Returns false once there will be no more.
  bool read_some() {
    pollfd ready{descriptor_, POLLIN, 0};
    if (poll(&ready, 1, 100) <= 0) return true;
    char buffer[4096];
    const ssize_t got = read(descriptor_, buffer, sizeof buffer);
    if (got < 0) return true;
    text_.append(buffer, static_cast<std::size_t>(got));
    return got != 0;
  }
  std::optional<std::string> next() {
    const std::size_t end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  int descriptor_;
  std::string text_;
};

// Ends with this object.
class Check {
 public:
  explicit Check(pid_t pid) noexcept : pid_(pid) {}
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;
  ~Check() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  // Asks it for a report of what it has done so far.
  void stop() {
    if (!stopped_) kill(pid_, SIGTERM);
    stopped_ = true;
  }

 private:
  pid_t pid_;
  bool stopped_ = false;
};

// Waits for the report of another process.
template <class Report>
Report carried_out(const Order& order, CheckWatcher& watcher, const std::atomic<bool>& stop) {
  check_is_there(order.path);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe can be made");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    carry_out(order, ends[1], parent);
  }
  close(ends[1]);
  Lines lines(ends[0]);
  if (pid < 0) throw std::runtime_error("no process can be made");
  Check check(pid);
  for (bool more = true; more;) {
    if (stop.load(std::memory_order_relaxed)) check.stop();
    more = lines.read_some();
    while (const auto line = lines.next()) {
      if (auto report = read_report_line<Report>(*line, watcher)) return *std::move(report);
    }
  }
  throw std::runtime_error(order.path + " ended without a report");
}

struct Unwatched final : CheckWatcher {
  void update(const CheckReport&) override {}
  void shrink(double) override {}
};

}  // namespace

std::string box_program() {
  std::string path = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string ours = "-relacy";
  if (path.ends_with(ours)) path.resize(path.size() - ours.size());
  return path + "-program";
}

CheckReport check_box(const CheckConfig& config, bool json, CheckWatcher& watcher,
                      const std::atomic<bool>& stop) {
  Order order{.path = box_program(),
              .arguments = arguments_of(config.allocator, {config.scenario}, config.scope),
              .command = {}};
  order.command = command_of("program", order.path, config);
  add_search(config, order.command);
  order.command.insert(order.command.end(),
                       {"--shard", fmt::format("{}/{}", config.shard, config.shards)});
  if (json) order.command.emplace_back("--json");
  return carried_out<CheckReport>(order, watcher, stop);
}

AuditReport audit_box(const AuditConfig& config, const std::atomic<bool>& stop) {
  Order order{.path = box_program(),
              .arguments = arguments_of(config.allocator, config.scenarios, config.scope),
              .command = {}};
  order.command = command_of("audit", order.path, config);
  Unwatched watcher;  // that process shows a line of its own
  return carried_out<AuditReport>(order, watcher, stop);
}

SelftestReport selftest_box(const SelftestConfig& config, const std::atomic<bool>& stop) {
  const CheckConfig& check = config.check;
  Order order{.path = box_program(),
              .arguments = arguments_of(check.allocator, config.scenarios, check.scope),
              .command = {}};
  order.command = command_of("selftest", order.path, check);
  add_search(check, order.command);
  Unwatched watcher;
  return carried_out<SelftestReport>(order, watcher, stop);
}

void become_box(const std::string& allocator, const std::string& scenario,
                const std::vector<std::string>& command) {
  const std::string path = box_program();
  check_is_there(path);
  ProgramCommand::become(path, {allocator, scenario}, command);
}

}  // namespace poolproof
