#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include "text.hpp"

namespace poolproof {

namespace {

using std::chrono::milliseconds;

[[noreturn]] void be_the_child(pid_t parent, const std::function<void()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);  // it died before that
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_IGN);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  try {
    work();
  } catch (const std::exception& error) {
    print_error(fmt::format("{}: {}\n", program_name(), one_line(error.what())));
    _exit(EXIT_FAILURE);
  }
  _exit(EXIT_SUCCESS);
}

}  // namespace

Process::Process(const std::function<void()>& work) {
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error(fmt::format("no child process: {}", std::strerror(errno)));
  if (pid_ == 0) be_the_child(parent, work);
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
  if (!status_ || exit_status() == EXIT_SUCCESS) return std::nullopt;
  if (const auto status = exit_status()) {
    return fmt::format("the process ended with status {}; what it printed is above", *status);
  }
  const int signal = WTERMSIG(*status_);
  const char* name = sigabbrev_np(signal);  // a real-time signal has none
  return name == nullptr ? fmt::format("the process died of signal {}", signal)
                         : fmt::format("the process died of SIG{} ({})", name, sigdescr_np(signal));
}

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

void close_end(int& end) noexcept {
  if (const int open = std::exchange(end, -1); open >= 0) close(open);
}

}  // namespace

Pipe::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error(fmt::format("no pipe: {}", std::strerror(errno)));
  }
  reader_ = ends[0];
  writer_ = ends[1];
}

Pipe::~Pipe() {
  close_end(reader_);
  close_end(writer_);
}

void Pipe::be_writer() noexcept { close_end(reader_); }
void Pipe::be_reader() noexcept { close_end(writer_); }

void Pipe::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(writer_, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) _exit(EXIT_FAILURE);
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

std::optional<std::string> Pipe::read(milliseconds timeout) {
  pollfd waiting{reader_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return "";
  char buffer[4096];
  const ssize_t got = ::read(reader_, buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return "";
  if (got <= 0) return std::nullopt;
  return std::string(buffer, static_cast<std::size_t>(got));
}

std::optional<std::string> in_child(const std::function<std::string()>& work, Nanoseconds timeout) {
  constexpr milliseconds poll_interval(100);
  const auto until = Clock::now() + timeout;
  Pipe pipe;
  Process child([&] {
    pipe.be_writer();
    pipe.write(work());
  });
  pipe.be_reader();
  std::string text;
  while (Clock::now() < until) {
    const auto part = pipe.read(poll_interval);
    if (!part) break;
    text += *part;
  }
  const bool ended = child.wait(std::max(Nanoseconds(0), Nanoseconds(until - Clock::now())));
  if (!ended || child.death()) return std::nullopt;
  return text;
}

}  // namespace poolproof
