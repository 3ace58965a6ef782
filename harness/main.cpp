// The program poolproof.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <exception>

#include "command_line.hpp"

namespace {

std::atomic<bool> interrupted{false};

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted.store(true, std::memory_order_relaxed); };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
}

}  // namespace

#if defined(__SANITIZE_THREAD__)
// A data race ends the run: its verdict is FAIL, and what comes after a race means nothing.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif

int main(int argc, char** argv) {
  using poolproof::Command;
  try {
    const Command command = poolproof::parse_command_line(argc, argv);
    switch (command.verb) {
      case Command::Verb::printed:
        return poolproof::all_pass;
      case Command::Verb::list:
        fmt::print("{}", command.json ? poolproof::list_json() : poolproof::list_text());
        return poolproof::all_pass;
      case Command::Verb::stress:
        handle_signals();
        return poolproof::run_campaign(command.campaign, interrupted);
    }
  } catch (const poolproof::UsageError& error) {
    fmt::print(stderr, "poolproof: {}\n", error.what());
    return poolproof::wrong_usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "poolproof: {}\n", error.what());
  }
  return poolproof::some_unknown;
}
