#include "verb_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "harness/base/text.hpp"

namespace poolproof {

namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      throw std::runtime_error(fmt::format("no pipe: {}", std::strerror(errno)));
    }
    read_end = ends[0];
    write_end = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    if (read_end >= 0) close(read_end);
    close(write_end);
  }
};

}  // namespace

VerbProcess::VerbProcess(const std::string& program, const std::vector<std::string>& arguments) {
  Pipe out;
  Pipe err;
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) {
    throw std::runtime_error(fmt::format("no child process: {}", std::strerror(errno)));
  }
  if (pid_ == 0) {
    dup2(out.write_end, STDOUT_FILENO);
    dup2(err.write_end, STDERR_FILENO);
    become(program, arguments, parent);
  }
  out_ = std::exchange(out.read_end, -1);
  err_ = std::exchange(err.read_end, -1);
}

void VerbProcess::become(const std::string& program, const std::vector<std::string>& arguments,
                         pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);  // it died before that
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  std::vector<char*> argv = {const_cast<char*>(program_name().c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  print_error(fmt::format("{} cannot be started: {}\n", program, std::strerror(errno)));
  _exit(EXIT_FAILURE);
}

VerbProcess::~VerbProcess() {
  send(SIGKILL);
  wait();
  for (const int end : {out_, err_}) {
    if (end >= 0) close(end);
  }
}

std::string VerbProcess::read_from(int& end) {
  char buffer[1 << 16];
  const ssize_t got = read(end, buffer, sizeof buffer);
  if (got < 0 && errno == EINTR) return {};
  if (got > 0) return std::string(buffer, static_cast<std::size_t>(got));
  close(std::exchange(end, -1));
  return {};
}

void VerbProcess::send(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

std::optional<int> VerbProcess::wait() {
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  if (pid < 0) return std::nullopt;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

}  // namespace poolproof
