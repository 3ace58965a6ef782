#include "program_main.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

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
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  return stopped;
}

int program_main(const std::function<int()>& work) {
  open_standard_streams();
  // A reader that goes away must not end the program: there may be a report to write, or children.
  std::signal(SIGPIPE, SIG_IGN);
  const int status = guarded(work);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  print_error(
      fmt::format("{}: the results could not be written to standard output\n", program_name()));
  return status == all_pass ? some_unknown : status;
}

}  // namespace poolproof
