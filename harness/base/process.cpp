#include "process.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include "signals.hpp"
#include "text.hpp"

// Null where there is no sanitizer.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace poolproof {

namespace {

using std::chrono::milliseconds;

// The first three are the standard streams. What lies open beyond belongs to the parent: results,
// locks, reports.
void close_other_descriptors() {
  constexpr unsigned first = 3;
  if (close_range(first, ~0U, 0) == 0) return;
  const long most = sysconf(_SC_OPEN_MAX);  // the kernel is older
  for (int fd = first; fd < most; ++fd) close(fd);
}

}  // namespace

Process::LastWords* Process::mine = nullptr;

void Process::note_exception() noexcept {
  std::string text = "std::terminate was called";
  if (const std::exception_ptr exception = std::current_exception()) {
    text = "an exception was not caught";
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      text += fmt::format(": {}", error.what());
    } catch (...) {
    }
  }
  char* words = mine->exception;
  words[text.copy(words, sizeof mine->exception - 1)] = 0;
}

// exit() would call what the parent, too, has registered, and in any state.
void Process::watch_for_the_end() {
  on_exit([](int status, void*) { _exit(status); }, nullptr);
  std::set_terminate([] {
    note_exception();
    print_error(fmt::format("{}: {}\n", program_name(), one_line(mine->exception)));
    std::abort();
  });
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback([] { mine->by_sanitizer = true; });
  }
}

void Process::be_the_child(pid_t parent, LastWords& last_words, const std::function<void()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);  // it died before that
  mine = &last_words;
  // A terminal sends some to children as well.
  for (const int signal : requests_to_end) std::signal(signal, SIG_IGN);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  setvbuf(stdout, nullptr, _IOLBF, 0);  // the process may end at any time
  close_other_descriptors();
  watch_for_the_end();
  try {
    work();
  } catch (...) {
    note_exception();
    print_error(fmt::format("{}: {}\n", program_name(), one_line(mine->exception)));
    _exit(EXIT_FAILURE);
  }
  last_words.returned = true;
  _exit(EXIT_SUCCESS);
}

Process::Process(const std::function<void()>& work) {
  const pid_t parent = getpid();
  std::fflush(stdout);  // else the child has it too
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error(fmt::format("no child process: {}", std::strerror(errno)));
  if (pid_ == 0) be_the_child(parent, **last_words_, work);
}

Process::~Process() { kill(); }

bool Process::poll() {
  if (ended()) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
}

void Process::wait() {
  if (ended()) return;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

bool Process::wait(Nanoseconds timeout) {
  constexpr milliseconds poll_interval(2);
  for (const auto until = Clock::now() + timeout; !poll();) {
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

std::optional<Nanoseconds> Process::processor_time() const {
  clockid_t clock = 0;
  if (ended() || clock_getcpuclockid(pid_, &clock) != 0) return std::nullopt;
  return time_on(clock);
}

void Process::send(int signal) {
  if (poll()) return;
  sent_kill_ = sent_kill_ || signal == SIGKILL;
  ::kill(pid_, signal);
}

void Process::kill() {
  send(SIGKILL);
  wait();
}

std::optional<int> Process::exit_status() const {
  if (!status_ || WIFSIGNALED(*status_)) return std::nullopt;
  return WEXITSTATUS(*status_);
}

std::optional<std::string> Process::death() const {
  const LastWords& last_words = **last_words_;
  if (!status_ || last_words.returned) return std::nullopt;
  if (last_words.exception[0] != 0) return one_line(last_words.exception);
  if (const auto status = exit_status()) {
    return ended_by_sanitizer()
               ? fmt::format("a sanitizer ended the process with status {}; its report is above",
                             *status)
               : fmt::format("it ended its process, by exit or the like, with status {}", *status);
  }
  const int signal = WTERMSIG(*status_);
  const char* name = sigabbrev_np(signal);  // a real-time signal has none
  return name == nullptr ? fmt::format("the process died of signal {}", signal)
                         : fmt::format("the process died of SIG{} ({})", name, sigdescr_np(signal));
}

bool Process::ended_by_sanitizer() const noexcept { return (*last_words_)->by_sanitizer; }

std::optional<std::string> Process::done_from_outside() {
  if (!ended()) {
    int status = 0;
    const pid_t changed = waitpid(pid_, &status, WNOHANG | WUNTRACED);
    if (changed == pid_ && WIFSTOPPED(status)) return "the process was stopped from outside";
    if (changed == pid_) status_ = status;
  }
  if (!status_ || !WIFSIGNALED(*status_) || sent_kill_) return std::nullopt;
  switch (WTERMSIG(*status_)) {
    case SIGKILL:
      return "the process was killed from outside (SIGKILL), as the kernel does when memory runs "
             "out";
    case SIGXCPU:
      return "the process was killed from outside (SIGXCPU): its processor time was limited";
    default:
      return std::nullopt;
  }
}

namespace {

// Pages that nobody writes are never there.
struct AnswerPage {
  AnswerPage() {}
  std::atomic<bool> complete{false};  // publishes the text, with the end of the process
  std::size_t size;
  char text[64 << 20];
};

}  // namespace

ChildAnswer in_child(const std::function<std::string()>& work, Nanoseconds timeout) {
  const Shared<AnswerPage> page;
  Process child([&] {
    const std::string text = work();
    if (text.size() > sizeof page->text) throw std::length_error("the answer is too long");
    page->size = text.copy(page->text, text.size());
    page->complete.store(true, std::memory_order_release);
  });
  const bool late = !child.wait(timeout);
  ChildAnswer answer;
  answer.outside = child.done_from_outside();
  child.kill();
  if (late) {
    answer.death = "it has not ended in time";
  } else if (const auto death = child.death()) {
    answer.death = *death;
  } else if (page->complete.load(std::memory_order_acquire)) {
    answer.text.emplace(page->text, page->size);
  }
  return answer;
}

}  // namespace poolproof
