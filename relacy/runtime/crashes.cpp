#include "crashes.hpp"

#include <signal.h>
#include <ucontext.h>

#include <array>
#include <cstdint>
#include <string>

#include "relacy/unchanged/program.hpp"

namespace poolproof {

namespace {

const char* words(int signal) noexcept {
  switch (signal) {
    case SIGFPE:
      return "it divides by zero, or overflows";
    case SIGILL:
      return "it comes to what is no instruction";
    default:
      return "it accesses memory that is not there";
  }
}

// The program goes on at the failure, and never here.
void fail(int signal, siginfo_t*, void* context) {
  Program* const program = Program::current;
  if (program == nullptr || program->self() == Strategy::nobody) {
    ::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  const auto* const state = static_cast<const ucontext_t*>(context);
  const auto code = static_cast<std::uintptr_t>(state->uc_mcontext.gregs[REG_RIP]) + 1;
  program->fail("crash", words(signal), reinterpret_cast<const void*>(code));
}

}  // namespace

void catch_crashes() {
  static std::array<std::byte, 64 << 10> stack;
  const stack_t alternate{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_sigaction = fail;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
}

}  // namespace poolproof
