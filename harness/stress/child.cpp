#include "child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "run_json.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_interval(100);

std::atomic<bool> child_stop{false};  // set by the child's SIGTERM

void write_line(int pipe, const nlohmann::json& line) {
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  for (std::size_t done = 0; done != text.size();) {
    const ssize_t wrote = write(pipe, text.data() + done, text.size() - done);
    if (wrote > 0) {
      done += static_cast<std::size_t>(wrote);
    } else if (wrote < 0 && errno != EINTR) {
      _exit(EXIT_FAILURE);  // nobody listens
    }
  }
}

[[noreturn]] void be_the_child(
    pid_t parent, int pipe, const RunConfig& config,
    const std::function<std::unique_ptr<StressRun>(const RunConfig&)>& make) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);  // it died before that
  std::signal(SIGINT, SIG_IGN);                  // a terminal sends it to all; the parent decides
  std::signal(SIGTERM, [](int) { child_stop.store(true, std::memory_order_relaxed); });
  try {
    // Not destroyed: if an actor hangs, it still uses the run, and the process ends anyway.
    StressRun* run = make(config).release();
    const auto progress = [pipe](const Progress& now) {
      write_line(pipe, {{"progress", {now.pairs, now.seconds}}});
    };
    write_line(pipe, {{"report", run->run(progress, child_stop)}});
  } catch (const std::exception& error) {
    write_line(pipe, {{"error", error.what()}});
  }
  _exit(EXIT_SUCCESS);
}

RunReport failed(const char* oracle, std::string message, const Progress& last) {
  RunReport report;
  report.verdict = Verdict::fail;
  report.failure = Failure{oracle, std::move(message), last.seconds};
  report.failures = 1;
  report.pairs = last.pairs;
  report.seconds = last.seconds;
  return report;
}

// The run could not be made: that says nothing about the allocator.
RunReport not_made(std::string reason) {
  RunReport report;
  report.reason = "the run could not be made: " + std::move(reason);
  return report;
}

// The parent's view of one child.
class Child {
 public:
  Child(pid_t pid, int pipe) : pid_(pid), pipe_(pipe) {}

  RunReport watch(const RunConfig& config, const std::function<void(const Progress&)>& progress,
                  const std::atomic<bool>& stop) {
    // The child's own watchdog comes first; this one is for a child that says nothing at all. Time
    // is counted in waits in vain, so that a campaign that was itself stopped blames nobody.
    const Nanoseconds patience = 2 * config.stall_limit + std::chrono::seconds(10);
    Clock::time_point kill_at = Clock::time_point::max();
    bool stopping = false;
    while (read_some(progress) && silence_ < patience && Clock::now() < kill_at) {
      if (stop.load(std::memory_order_relaxed) && !stopping) {
        stopping = true;
        kill(pid_, SIGTERM);
        kill_at = Clock::now() + milliseconds(500);
      }
    }
    const bool late = silence_ >= patience;
    if (!report_ && (late || stopping)) kill(pid_, SIGKILL);
    const int status = reap();
    last_.seconds = in_seconds(Clock::now() - start_);
    if (report_) return *report_;
    if (late) return failed("progress", "the process stood still and was killed", last_);
    if (stopping) return interrupted();
    return died(status);
  }

 private:
  // False at the end of the pipe.
  bool read_some(const std::function<void(const Progress&)>& progress) {
    pollfd waiting{pipe_, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(poll_interval.count())) <= 0) {
      silence_ += poll_interval;
      return true;
    }
    silence_ = Nanoseconds(0);
    char buffer[4096];
    const ssize_t got = read(pipe_, buffer, sizeof buffer);
    if (got < 0) return errno == EINTR;
    if (got == 0) return false;
    text_.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      take_line(nlohmann::json::parse(text_.substr(0, end), nullptr, false), progress);
    }
    return true;
  }

  void take_line(const nlohmann::json& line, const std::function<void(const Progress&)>& progress) {
    if (line.is_discarded()) {
      report_ =
          failed("crash", "the process wrote where it should not: its report is unreadable", last_);
    } else if (line.contains("report")) {
      report_ = line.at("report").get<RunReport>();
    } else if (line.contains("error")) {
      report_ = not_made(line.at("error"));
    } else {
      last_ = {line.at("progress").at(0), line.at("progress").at(1)};
      progress(last_);
    }
  }

  int reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    close(pipe_);
    return status;
  }

  RunReport interrupted() const {
    RunReport report;
    report.reason = "interrupted";
    report.pairs = last_.pairs;
    report.seconds = last_.seconds;
    return report;
  }

  RunReport died(int status) const {
    if (WIFSIGNALED(status)) {
      const int signal = WTERMSIG(status);
      const char* name = sigabbrev_np(signal);  // a real-time signal has none
      return failed("crash",
                    name == nullptr
                        ? fmt::format("the process died of signal {}", signal)
                        : fmt::format("the process died of SIG{} ({})", name, sigdescr_np(signal)),
                    last_);
    }
    // Sanitizers end the process by an exit status of theirs.
    return failed("sanitizer",
                  fmt::format("the process was ended with status {}; what it printed is above",
                              WEXITSTATUS(status)),
                  last_);
  }

  const pid_t pid_;
  const int pipe_;
  const Clock::time_point start_ = Clock::now();
  Nanoseconds silence_{0};
  std::string text_;
  Progress last_;
  std::optional<RunReport> report_;
};

}  // namespace

RunReport run_in_child(const RunConfig& config,
                       const std::function<std::unique_ptr<StressRun>(const RunConfig&)>& make,
                       const std::function<void(const Progress&)>& progress,
                       const std::atomic<bool>& stop) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return not_made(fmt::format("no pipe: {}", std::strerror(errno)));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    return not_made(fmt::format("no child process: {}", std::strerror(errno)));
  }
  if (pid == 0) {
    close(ends[0]);
    be_the_child(parent, ends[1], config, make);
  }
  close(ends[1]);
  return Child(pid, ends[0]).watch(config, progress, stop);
}

}  // namespace poolproof
