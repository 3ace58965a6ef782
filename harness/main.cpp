// The program poolproof.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>

#include "command_line.hpp"
#include "text.hpp"

namespace {

std::atomic<bool> interrupted{false};

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted.store(true, std::memory_order_relaxed); };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
}

// A closed standard stream would lend its number to the next file that is opened.
void open_standard_streams() {
  for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR)) {
    if (fd > STDERR_FILENO) {
      close(fd);
      return;
    }
  }
}

int run(int argc, char** argv) {
  using poolproof::Command;
  const Command command = poolproof::parse_command_line(argc, argv);
  switch (command.verb) {
    case Command::Verb::printed:
      break;
    case Command::Verb::list:
      fmt::print("{}", command.json ? poolproof::list_json() : poolproof::list_text());
      break;
    case Command::Verb::stress:
      handle_signals();
      return poolproof::run_campaign(command.campaign, interrupted);
  }
  return poolproof::all_pass;
}

}  // namespace

#if defined(__SANITIZE_THREAD__)
// A data race ends the run: its verdict is FAIL, and what comes after a race means nothing.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif

int main(int argc, char** argv) {
  using poolproof::print_error;
  open_standard_streams();
  int status = poolproof::some_unknown;
  try {
    status = run(argc, argv);
  } catch (const poolproof::UsageError& error) {
    print_error(fmt::format("poolproof: {}\n", poolproof::one_line(error.what())));
    return poolproof::wrong_usage;
  } catch (const std::exception& error) {
    print_error(fmt::format("poolproof: {}\n", poolproof::one_line(error.what())));
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    print_error("poolproof: the results could not be written to standard output\n");
    if (status == poolproof::all_pass) status = poolproof::some_unknown;
  }
  return status;
}
