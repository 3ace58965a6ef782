#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>

#include "text.hpp"

namespace poolproof {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds poll_interval(2);

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

bool Process::ended() {
  if (pid_ < 0 || status_) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_.has_value();
}

bool Process::wait(std::chrono::nanoseconds timeout) {
  for (const auto until = steady_clock::now() + timeout; !ended();) {
    if (steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

void Process::kill() {
  if (ended()) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

std::optional<std::string> Process::death() const {
  if (!status_ || (WIFEXITED(*status_) && WEXITSTATUS(*status_) == EXIT_SUCCESS)) {
    return std::nullopt;
  }
  if (!WIFSIGNALED(*status_)) {
    return fmt::format("the process ended with status {}; what it printed is above",
                       WEXITSTATUS(*status_));
  }
  const int signal = WTERMSIG(*status_);
  const char* name = sigabbrev_np(signal);  // a real-time signal has none
  return name == nullptr ? fmt::format("the process died of signal {}", signal)
                         : fmt::format("the process died of SIG{} ({})", name, sigdescr_np(signal));
}

namespace {

void write_all(int pipe, const std::string& text) {
  for (std::size_t done = 0; done != text.size();) {
    const ssize_t wrote = write(pipe, text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR) _exit(EXIT_FAILURE);  // nobody listens
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

// What comes out of a pipe until its end, or until then.
std::string read_all(int pipe, steady_clock::time_point until) {
  std::string text;
  char buffer[4096];
  while (steady_clock::now() < until) {
    pollfd waiting{pipe, POLLIN, 0};
    if (poll(&waiting, 1, 100) <= 0) continue;
    const ssize_t got = read(pipe, buffer, sizeof buffer);
    if (got == 0 || (got < 0 && errno != EINTR)) break;
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

std::optional<std::string> in_child(const std::function<std::string()>& work,
                                    std::chrono::nanoseconds timeout) {
  const auto until = steady_clock::now() + timeout;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error(fmt::format("no pipe: {}", std::strerror(errno)));
  }
  Process child([&] {
    close(ends[0]);
    write_all(ends[1], work());
  });
  close(ends[1]);
  std::string text = read_all(ends[0], until);
  close(ends[0]);
  const bool ended = child.wait(std::max(std::chrono::nanoseconds(0), until - steady_clock::now()));
  if (!ended || child.death()) return std::nullopt;
  return text;
}

}  // namespace poolproof
