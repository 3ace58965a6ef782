#include "child.hpp"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "harness/base/process.hpp"
#include "run_json.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;
using MakeRun = std::function<std::unique_ptr<StressRun>(const RunConfig&)>;
using OnProgress = std::function<void(const Progress&)>;

constexpr milliseconds poll_interval(100);

std::atomic<bool> child_stop{false};  // set by the child's SIGTERM

void write_line(Pipe& pipe, const nlohmann::json& line) {
  pipe.write(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

// The child's part.
void run_and_tell(Pipe& pipe, const RunConfig& config, const MakeRun& make) {
  pipe.be_writer();
  std::signal(SIGTERM, [](int) { child_stop.store(true, std::memory_order_relaxed); });
  try {
    // It is not destroyed: an actor that hangs still uses the run, and the process ends anyway.
    StressRun* run = make(config).release();
    const auto progress = [&pipe](const Progress& now) {
      write_line(pipe, {{"progress", {now.pairs, now.seconds}}});
    };
    write_line(pipe, {{"report", run->run(progress, child_stop)}});
  } catch (const std::exception& error) {
    write_line(pipe, {{"error", error.what()}});
  }
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

// The run could not be made, which says nothing about the allocator.
RunReport not_made(std::string reason) {
  RunReport report;
  report.reason = "the run could not be made: " + std::move(reason);
  return report;
}

// The parent's view of one child.
class Child {
 public:
  Child(const RunConfig& config, const MakeRun& make)
      : config_(config), process_([&] { run_and_tell(pipe_, config, make); }) {
    pipe_.be_reader();
  }

  RunReport watch(const OnProgress& progress, const std::atomic<bool>& stop) {
    // The child's own watchdog comes first; this one is for a child that says nothing at all. It
    // adds up the waits without an answer, so that a campaign that was itself stopped blames
    // nobody.
    const Nanoseconds silence_limit = 2 * config_.stall_limit + std::chrono::seconds(10);
    Clock::time_point kill_at = Clock::time_point::max();
    bool stopping = false;
    while (read_some(progress) && silence_ < silence_limit && Clock::now() < kill_at) {
      if (stop.load(std::memory_order_relaxed) && !stopping) {
        stopping = true;
        process_.send(SIGTERM);
        kill_at = Clock::now() + milliseconds(500);
      }
    }
    const bool late = silence_ >= silence_limit;
    const auto outside = late ? process_.done_from_outside() : std::nullopt;
    if (!report_ && (late || stopping)) process_.send(SIGKILL);
    process_.wait();
    last_.seconds = in_seconds(Clock::now() - start_);
    if (report_) return *report_;
    if (outside) return unknown(*outside);
    if (late) return failed("progress", "the process stood still and was killed", last_);
    if (stopping) return unknown("interrupted");
    if (const auto killed = process_.done_from_outside()) return unknown(*killed);
    return died();
  }

 private:
  // Returns false at the end of the pipe.
  bool read_some(const OnProgress& progress) {
    const auto part = pipe_.read(poll_interval);
    if (!part) return false;
    silence_ = part->empty() ? silence_ + poll_interval : Nanoseconds(0);
    text_ += *part;
    for (std::size_t end; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      take_line(nlohmann::json::parse(text_.substr(0, end), nullptr, false), progress);
    }
    return true;
  }

  void take_line(const nlohmann::json& line, const OnProgress& progress) {
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

  RunReport unknown(std::string reason) const {
    RunReport report;
    report.reason = std::move(reason);
    report.pairs = last_.pairs;
    report.seconds = last_.seconds;
    return report;
  }

  RunReport died() const {
    const auto status = process_.exit_status();
    if (!status) return failed("crash", process_.death().value_or(""), last_);
    // Sanitizers end the process with an exit status of their own.
    return failed(
        "sanitizer",
        fmt::format("the process was ended with status {}; what it printed is above", *status),
        last_);
  }

  const RunConfig& config_;
  Pipe pipe_;
  Process process_;
  const Clock::time_point start_ = Clock::now();
  Nanoseconds silence_{0};
  std::string text_;
  Progress last_;
  std::optional<RunReport> report_;
};

}  // namespace

RunReport run_in_child(const RunConfig& config, const MakeRun& make, const OnProgress& progress,
                       const std::atomic<bool>& stop) {
  std::optional<Child> child;
  try {
    child.emplace(config, make);
  } catch (const std::runtime_error& error) {
    return not_made(error.what());
  }
  return child->watch(progress, stop);
}

}  // namespace poolproof
