// For tests: runs the program poolproof as a user would, and reads what it prints.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace poolproof {

struct ProgramResult {
  int status = -1;  // exit status; -1 when a signal ended it
  std::string out;
  std::string err;
};

class Program {
 public:
  explicit Program(std::vector<std::string> arguments,
                   const std::string& program = POOLPROOF_PROGRAM) {
    int out[2];
    int err[2];
    if (pipe(out) != 0 || pipe(err) != 0) std::abort();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      dup2(err[1], STDERR_FILENO);
      for (const int end : {out[0], out[1], err[0], err[1]}) close(end);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(out[1]);
    close(err[1]);
    out_ = out[0];
    err_ = err[0];
  }

  pid_t pid() const { return pid_; }

  // Reads standard error until it contains text. Returns false if it ends before that.
  bool wait_for(const std::string& text) {
    while (result_.err.find(text) == std::string::npos) {
      if (!read_into(err_, result_.err)) return false;
    }
    return true;
  }

  ProgramResult finish() {
    bool out_open = true;
    bool err_open = true;
    while (out_open || err_open) {
      pollfd ends[] = {{out_open ? out_ : -1, POLLIN, 0}, {err_open ? err_ : -1, POLLIN, 0}};
      poll(ends, 2, -1);
      if (ends[0].revents != 0) out_open = read_into(out_, result_.out);
      if (ends[1].revents != 0) err_open = read_into(err_, result_.err);
    }
    close(out_);
    close(err_);
    int status = 0;
    waitpid(pid_, &status, 0);
    if (WIFEXITED(status)) result_.status = WEXITSTATUS(status);
    return result_;
  }

 private:
  static bool read_into(int pipe, std::string& text) {
    char buffer[4096];
    const ssize_t got = read(pipe, buffer, sizeof buffer);
    if (got <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  ProgramResult result_;
};

inline ProgramResult run_program(std::vector<std::string> arguments,
                                 const std::string& program = POOLPROOF_PROGRAM) {
  return Program(std::move(arguments), program).finish();
}

}  // namespace poolproof
