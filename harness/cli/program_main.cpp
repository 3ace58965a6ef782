#include "program_main.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

#include "harness/base/signals.hpp"
#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"
#include "harness/campaign/campaign.hpp"

namespace poolproof {

namespace {

std::atomic<bool> stopped{false};

// The next file that is opened would get the number of a closed standard stream. So this opens a
// stream there that refuses to be written, and lost results are noticed.
void open_standard_streams() {
  for (int fd = open("/dev/null", O_RDONLY); fd >= 0; fd = open("/dev/null", O_RDONLY)) {
    if (fd > STDERR_FILENO) {
      close(fd);
      return;
    }
  }
}

int standard_output = -1;  // where it is kept until main begins; -1: there was none

// Before the constructors of static objects.
[[gnu::constructor(101)]] void keep_standard_output() {
  if (poolproof_is_plain_program != nullptr && poolproof_is_plain_program()) return;
  standard_output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (standard_output >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}
void give_standard_output_back() {
  std::fflush(stdout);
  if (standard_output < 0) return;
  dup2(standard_output, STDOUT_FILENO);
  close(std::exchange(standard_output, -1));
}

int guarded(const std::function<int()>& work) {
  try {
    return work();
  } catch (const UsageError& error) {
    print_error(fmt::format("{}: {}\n", program_name(), with_program_name(one_line(error.what()))));
    return wrong_usage;
  } catch (const std::exception& error) {
    print_error(fmt::format("{}: {}\n", program_name(), one_line(error.what())));
    return some_unknown;
  }
}

}  // namespace

const std::atomic<bool>& stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped.store(true, std::memory_order_relaxed); };
  std::vector<int> signals(requests_to_end.begin(), requests_to_end.end());
  signals.push_back(SIGXCPU);  // the first limit of processor time; the last one kills
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) signals.push_back(signal);
  for (const int signal : signals) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (signal != SIGHUP || before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
  return stopped;
}

int program_main(const std::function<int()>& work) {
  give_standard_output_back();
  open_standard_streams();
  // A reader that goes away, or a limit on the size of files, must not end the program: there may
  // be results to print, a report to write, or children.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  const int status = guarded(work);
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  dup2(STDERR_FILENO, STDOUT_FILENO);
  if (written) return status;
  print_error(
      fmt::format("{}: the results could not be written to standard output\n", program_name()));
  return status == all_pass ? some_unknown : status;
}

}  // namespace poolproof
