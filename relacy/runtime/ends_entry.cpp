// How a program ends, what it assumes and chooses, and what it may not do.
#include <sys/types.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "entry.hpp"
#include "replaced_new.hpp"
#include "runtime.hpp"

namespace {

using poolproof::Inside;

[[noreturn]] void refuse(const char* what, const void* code) {
  Inside()->fail("unsupported", std::string("the program calls ") + what, code);
}

}  // namespace

POOLPROOF_ENTRY void __assert_fail(const char* condition, const char* file, unsigned line,
                                   const char* function) {
  if (!poolproof::inside) {
    poolproof::system_function<decltype(__assert_fail)>("__assert_fail")(condition, file, line,
                                                                         function);
    __builtin_unreachable();
  }
  Inside()->fail("assert", condition, POOLPROOF_CODE);
}
POOLPROOF_ENTRY void abort() {
  if (!poolproof::inside) {
    poolproof::system_function<void()>("abort")();
    __builtin_unreachable();
  }
  const void* const code = POOLPROOF_CODE;
  Inside()->fail("abort", "abort() was called, or an exception is caught by nobody", code);
}
POOLPROOF_ENTRY void exit(int status) {
  if (!poolproof::inside) {
    poolproof::system_function<void(int)>("exit")(status);
    __builtin_unreachable();
  }
  Inside()->exit(status, POOLPROOF_CODE);
}
// Static objects that an execution makes are not destroyed: the process goes on. Nor are our own
// ones: at the end of the program its delete would be theirs.
POOLPROOF_ENTRY int __cxa_atexit(void (*call)(void*), void* argument, void* library) {
  if (poolproof::is_own_code(POOLPROOF_CODE)) return 0;
  POOLPROOF_SYSTEM(__cxa_atexit, call, argument, library);
  return 0;
}

// <poolproof/program.h>, and the names of other checkers for the same.
POOLPROOF_ENTRY void poolproof_assume(int ok) {
  if (poolproof::inside) Inside()->assume(ok != 0);
}
POOLPROOF_ENTRY unsigned poolproof_choose(unsigned count) {
  return poolproof::inside && count > 1 ? Inside()->choose(count) : 0;
}
POOLPROOF_ENTRY void __VERIFIER_assume(int ok) {
  if (poolproof::inside) Inside()->assume(ok != 0);
}
POOLPROOF_ENTRY int __VERIFIER_nondet_int() {
  return poolproof::inside ? static_cast<int>(Inside()->choose(4)) : 0;
}
POOLPROOF_ENTRY unsigned __VERIFIER_nondet_uint() {
  return poolproof::inside ? Inside()->choose(4) : 0;
}
POOLPROOF_ENTRY bool __VERIFIER_nondet_bool() {
  return poolproof::inside && Inside()->choose(2) == 1;
}
POOLPROOF_ENTRY void __VERIFIER_error() {
  if (!poolproof::inside) std::abort();
  Inside()->fail("assert", "__VERIFIER_error() was called", POOLPROOF_CODE);
}

// The same numbers in each execution.
POOLPROOF_ENTRY int rand() {
  POOLPROOF_SYSTEM(rand);
  return static_cast<int>(Inside()->draw() & 0x7fffffff);
}
POOLPROOF_ENTRY void srand(unsigned seed) {
  POOLPROOF_SYSTEM(srand, seed);
  Inside()->seed(seed);
}

// An execution is not a process of its own.
POOLPROOF_ENTRY pid_t fork() {
  POOLPROOF_SYSTEM(fork);
  refuse("fork()", POOLPROOF_CODE);
}
POOLPROOF_ENTRY int socket(int domain, int type, int protocol) {
  POOLPROOF_SYSTEM(socket, domain, type, protocol);
  refuse("socket()", POOLPROOF_CODE);
}
POOLPROOF_ENTRY int pipe(int ends[2]) {
  POOLPROOF_SYSTEM(pipe, ends);
  refuse("pipe()", POOLPROOF_CODE);
}

// Instead of main, under poolproof.
namespace {

int (*program_main)(int, char**, char**) = nullptr;

int check_instead(int argc, char** argv, char** environment) {
  return poolproof::check_program({program_main, argc, argv, environment});
}

}  // namespace

POOLPROOF_ENTRY int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv,
                                      void (*init)(), void (*fini)(), void (*loader)(), void* end) {
  static auto* const real =
      poolproof::system_function<decltype(__libc_start_main)>("__libc_start_main");
  program_main = main;
  poolproof::program_begins();
  return real(poolproof::is_early() ? check_instead : main, argc, argv, init, fini, loader, end);
}
