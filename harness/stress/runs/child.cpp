#include "child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/process.hpp"
#include "harness/stress/run_json.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;
using MakeRun = std::function<std::unique_ptr<StressRun>(const RunConfig&)>;
using OnProgress = std::function<void(const Progress&)>;

constexpr milliseconds poll_interval(100);

// What a child and its parent share. No descriptor is between them that the code under test could
// write to.
struct RunPage {
  enum class Told : std::uint8_t { nothing, report, error };

  std::atomic<bool> stop{false};        // asks the child to end
  std::atomic<bool> asked_to{false};    // by somebody else, with a SIGTERM
  std::atomic<std::uint64_t> beats{0};  // grows while the child watches over its actors
  std::atomic<std::uint64_t> pairs{0};
  std::atomic<double> seconds{0};
  std::atomic<Told> told{Told::nothing};  // publishes the text
  std::size_t size = 0;
  char text[1 << 16] = {};

  void tell(Told what, std::string_view words) {
    size = words.copy(text, sizeof text);
    told.store(what, std::memory_order_release);
  }
  Progress progress() const {
    return {pairs.load(std::memory_order_relaxed), seconds.load(std::memory_order_relaxed)};
  }
};

RunPage* page_of_child = nullptr;  // for its signal handler

// The child's part.
void run_and_tell(RunPage& page, const RunConfig& config, const MakeRun& make) {
  page_of_child = &page;
  std::signal(SIGTERM, [](int) {
    page_of_child->asked_to.store(true, std::memory_order_relaxed);
    page_of_child->stop.store(true, std::memory_order_relaxed);
  });
  std::unique_ptr<StressRun> made;
  try {
    made = make(config);
  } catch (const std::exception& error) {
    return page.tell(RunPage::Told::error, error.what());
  }
  // It is not destroyed: an actor that hangs still uses the run, and the process ends anyway.
  StressRun* run = made.release();
  const auto progress = [&page](const Progress& now) {
    page.pairs.store(now.pairs, std::memory_order_relaxed);
    page.seconds.store(now.seconds, std::memory_order_relaxed);
    page.beats.fetch_add(1, std::memory_order_relaxed);
  };
  const nlohmann::json report = run->run(progress, page.stop);
  page.tell(RunPage::Told::report,
            report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
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
      : config_(config), process_([&] { run_and_tell(*page_, config, make); }) {}

  RunReport watch(const OnProgress& progress, const std::atomic<bool>& stop) {
    // The child's own watchdog comes first; this one is for a child that says nothing at all. It
    // adds up the waits without an answer, so that a campaign that was itself stopped blames
    // nobody.
    const Nanoseconds silence_limit = 2 * config_.stall_limit + std::chrono::seconds(10);
    Clock::time_point kill_at = Clock::time_point::max();
    while (!process_.wait(poll_interval) && silence_ < silence_limit && Clock::now() < kill_at) {
      listen(progress);
      if (stop.load(std::memory_order_relaxed) && !stopping_) {
        stopping_ = true;
        page_->stop.store(true, std::memory_order_relaxed);
        kill_at = Clock::now() + milliseconds(500);
      }
    }
    const bool late = silence_ >= silence_limit;
    const auto outside = process_.done_from_outside();
    process_.kill();
    if (auto report = told(!late)) return *report;
    if (outside) return unknown(*outside);
    if (late) return failed("progress", "the process stood still and was killed", last());
    if (stopping_) return unknown("interrupted");
    return failed(process_.ended_by_sanitizer() ? "sanitizer" : "crash",
                  process_.death().value_or("it ended without a report"), last());
  }

 private:
  void listen(const OnProgress& progress) {
    const std::uint64_t beats = page_->beats.load(std::memory_order_relaxed);
    silence_ = beats == beats_ ? silence_ + poll_interval : Nanoseconds(0);
    if (std::exchange(beats_, beats) != beats) progress(page_->progress());
  }

  // What the child has told, if it ended well. A failure counts however it ended.
  std::optional<RunReport> told(bool ended) const {
    const auto what = page_->told.load(std::memory_order_acquire);
    if (what == RunPage::Told::nothing) return std::nullopt;
    const std::string_view text(page_->text, std::min(page_->size, sizeof page_->text));
    if (what == RunPage::Told::error) return not_made(std::string(text));
    RunReport report;
    try {
      report = nlohmann::json::parse(text).get<RunReport>();
    } catch (const nlohmann::json::exception&) {  // the code under test writes anywhere
      return failed("crash", "it overwrote the report of its process", last());
    }
    const bool well = ended && !process_.death();
    if (!well && report.verdict != Verdict::fail) return std::nullopt;
    if (report.verdict == Verdict::unknown && !stopping_ && page_->asked_to) {
      report.reason = "the process was asked to end from outside (SIGTERM)";
    }
    return report;
  }

  // What it had done when it was last heard.
  Progress last() const { return {page_->progress().pairs, in_seconds(Clock::now() - start_)}; }
  RunReport unknown(std::string reason) const {
    RunReport report;
    report.reason = std::move(reason);
    report.pairs = last().pairs;
    report.seconds = last().seconds;
    return report;
  }

  const RunConfig& config_;
  Shared<RunPage> page_;
  Process process_;
  const Clock::time_point start_ = Clock::now();
  Nanoseconds silence_{0};
  std::uint64_t beats_ = 0;
  bool stopping_ = false;
};

}  // namespace

RunReport run_in_child(const RunConfig& config, const MakeRun& make, const OnProgress& progress,
                       const std::atomic<bool>& stop) {
  std::optional<Child> child;
  try {
    child.emplace(config, make);
  } catch (const std::exception& error) {  // no process, or no memory
    return not_made(error.what());
  }
  return child->watch(progress, stop);
}

}  // namespace poolproof
