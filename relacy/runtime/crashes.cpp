#include "crashes.hpp"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "harness/base/exit_status.hpp"
#include "relacy/adapter/execution/sudden_end.hpp"
#include "relacy/unchanged/memory/inside.hpp"
#include "relacy/unchanged/program.hpp"
#include "relacy/unchanged/unseen_libraries.hpp"

namespace poolproof {

namespace {

const char* words(int signal) noexcept {
  switch (signal) {
    case SIGFPE:
      return "SIGFPE: it divides by zero, or overflows";
    case SIGILL:
      return "SIGILL: it comes to what is no instruction";
    case SIGTRAP:
      return "SIGTRAP: it comes to a trap";
    case SIGABRT:
      return "SIGABRT: a library that it calls ends it, or it does so by a signal";
    case SIGBUS:
      return "SIGBUS: it accesses memory that is not there";
    default:
      return "SIGSEGV: it accesses memory that is not there";
  }
}

// The program goes on at the failure, and never here.
void fail(int signal, siginfo_t*, void* context) {
  const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  if (signal == SIGSEGV &&
      UnseenLibraries::opened(static_cast<std::uintptr_t>(registers[REG_RIP]),
                              reinterpret_cast<const void* const*>(registers[REG_RSP]))) {
    return;
  }
  Program* const program = Program::current;
  const bool is_ours = signal == SIGABRT && !inside;  // our own code gives up
  if (program == nullptr || program->self() == Strategy::nobody || is_ours) {
    ::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  inside = false;  // what is done from here on is not the program's
  // Behind the instruction, as of a call; a trap's is there already.
  const auto code = static_cast<std::uintptr_t>(registers[REG_RIP]) + (signal == SIGTRAP ? 0 : 1);
  const void* const reads_for = program->reads_for();
  program->fail("crash", words(signal),
                reads_for != nullptr ? reads_for : reinterpret_cast<const void*>(code));
}

void use_own_stack() noexcept {
  static std::array<std::byte, 64 << 10> stack;
  const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&alternate, nullptr);
}

constexpr int early_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Of a program that is checked, nobody else sees this end.
void end_early(int signal) {
  for (const char* part : {"poolproof: the program dies before main(), of SIG",
                           sigabbrev_np(signal), "; nothing is known of it\n"}) {
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  _exit(some_unknown);
}

}  // namespace

void catch_early_crashes() noexcept {
  use_own_stack();
  struct sigaction action {};
  action.sa_handler = end_early;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : early_signals) sigaction(signal, &action, nullptr);
}
void leave_early_crashes() noexcept {
  for (const int signal : early_signals) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == end_early) ::signal(signal, SIG_DFL);  // else it is the program's
  }
}

void catch_crashes() {
  SuddenEnd::leave_program = []() noexcept { inside = false; };
  use_own_stack();
  struct sigaction action {};
  action.sa_sigaction = fail;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
    sigaction(signal, &action, nullptr);
}

}  // namespace poolproof
