#include "sudden_end.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/text.hpp"
#include "relacy/adapter/exploration.hpp"
#include "relacy/adapter/host_heap.hpp"
#include "relacy/adapter/to_relacy.hpp"

namespace poolproof {

namespace {

constexpr std::array crashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
constexpr int busy_alarm = SIGVTALRM;
constexpr int idle_alarm = SIGALRM;

bool watching = false;
bool names_function = true;
double busy_limit = 0;  // seconds
alignas(
    16) std::array<std::byte, 1 << 16> signal_stack;  // a crash may have used up the actor's own

// The addresses in this program, relative to its start, at which the code under test stands.
std::string stack_in_program() {
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  Dl_info ours{};
  dladdr(reinterpret_cast<void*>(&stack_in_program), &ours);
  std::string addresses;
  bool ended = false;  // behind the C library, which has called us
  for (int i = 0; i != count; ++i) {
    const auto at = reinterpret_cast<std::uintptr_t>(frames[static_cast<std::size_t>(i)]);
    Dl_info info{};
    const bool known = dladdr(reinterpret_cast<void*>(at), &info) != 0;
    const bool in_program = known && info.dli_fbase == ours.dli_fbase;
    ended = ended || !in_program;
    if (!ended || !in_program) continue;
    addresses += fmt::format(" {:#x}", at - reinterpret_cast<std::uintptr_t>(ours.dli_fbase) - 1);
  }
  return addresses;
}

// Is it a function of the harness or of a library, and not of the code under test?
bool is_ours(std::string name) {
  const std::string_view nameless = "(anonymous namespace)::";
  for (auto at = name.find(nameless); at != std::string::npos; at = name.find(nameless)) {
    name.erase(at, nameless.size());
  }
  name.resize(std::min(name.size(), name.find_first_of("(<")));
  const std::string_view function = std::string_view(name).substr(name.rfind(' ') + 1);
  return function.starts_with("poolproof::") || function.starts_with("rl::") ||
         function.starts_with("std::") || function.starts_with("fiber_start") || function == "??";
}

// Of the functions of the harness, is it more than the frame around everything?
bool says_something(std::string_view name) {
  return !name.starts_with("??") && !name.starts_with("fiber_start") &&
         name.find("poolproof::Process") == std::string_view::npos;
}

// "alloc(), pool.hpp:31": the innermost function of the code under test, as addr2line finds it;
// empty if it finds none. Within a signal handler, for a process with nothing left to lose.
std::string running_function() {
  const std::string stack = stack_in_program();
  if (stack.empty()) return {};
  const std::string command =
      fmt::format("addr2line -f -C -e /proc/{}/exe{} 2>/dev/null", getpid(), stack);
  const std::unique_ptr<FILE, int (*)(FILE*)> names(popen(command.c_str(), "r"), pclose);
  if (names == nullptr) return {};
  std::string first;
  std::array<char, 4096> function{};
  std::array<char, 4096> place{};
  while (std::fgets(function.data(), function.size(), names.get()) != nullptr &&
         std::fgets(place.data(), place.size(), names.get()) != nullptr) {
    std::string name(function.data(), std::strcspn(function.data(), "\n"));
    const bool ours = is_ours(name);
    std::string_view where(place.data(), std::strcspn(place.data(), " \n"));
    where.remove_prefix(where.rfind('/') + 1);
    if (name.size() > 160) name = name.substr(0, 157) + "...";
    if (!where.starts_with('?') && !where.ends_with('?')) name += fmt::format(", {}", where);
    if (!ours) return name;
    if (first.empty() && says_something(name)) first = name;
  }
  return first;
}

// Never returns, unless no execution is in progress.
void end(const char* oracle, const char* what) {
  if (!watching || !in_execution()) return;
  watching = false;
  if (SuddenEnd::leave_program != nullptr) SuddenEnd::leave_program();
  static std::array<char, 400> message;
  {
    const HostHeapScope outside;
    const std::string function = names_function ? running_function() : std::string();
    std::snprintf(message.data(), message.size(), "%s%s%.250s", what,
                  function.empty() ? "" : ", in ", function.c_str());
  }
  Exploration::current->oracle = oracle;
  Exploration::current->message = message.data();
  rl::ctx().fail_test(message.data(), rl::test_result_user_assert_failed, rl::debug_info());
}

// What somebody who called std::terminate had thrown; empty if nothing was.
std::string uncaught() {
  if (std::current_exception() == nullptr) return {};
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& error) {
    return fmt::format("an exception was not caught: {}", one_line(error.what()));
  } catch (...) {
    return "an exception was not caught";
  }
}

void on_crash(int signal) {
  const char* name = sigabbrev_np(signal);
  const char* words = sigdescr_np(signal);
  std::array<char, 200> what{};
  std::snprintf(what.data(), what.size(), "the process died of SIG%s (%s)",
                name == nullptr ? "" : name, words == nullptr ? "" : words);
  if (signal == SIGABRT) {
    const HostHeapScope outside;
    const std::string thrown = uncaught();
    if (!thrown.empty()) what[thrown.copy(what.data(), what.size() - 1)] = 0;
  }
  end("crash", what.data());
  std::signal(signal, SIG_DFL);
  raise(signal);
}
// Under load, one that is busy may not have had its processor time yet.
void on_alarm(int signal) {
  itimerval left{};
  getitimer(ITIMER_VIRTUAL, &left);
  const double some = busy_limit / 20;
  const double used = busy_limit - static_cast<double>(left.it_value.tv_sec) -
                      static_cast<double>(left.it_value.tv_usec) / 1e6;
  const bool is_busy = signal == busy_alarm || used > some;
  end("progress", is_busy ? "the execution comes to no end" : "the execution stands still");
}
void on_exit_of_process(int status) {
  std::array<char, 80> what{};
  std::snprintf(what.data(), what.size(),
                "it ended its process, by exit or the like, with status %d", status);
  end("crash", what.data());
}

void set_timer(int which, Nanoseconds time) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t count = time.count();
  const timeval once{count / second, count % second / 1000};
  const itimerval timer{once, once};  // again, should it come where nothing can be ended
  setitimer(which, &timer, nullptr);
}

}  // namespace

SuddenEnd::SuddenEnd(const Watch& watch) : watch_(watch) {
  watching = true;
  names_function = watch.names_function;
  busy_limit = in_seconds(watch.busy);
  std::array<void*, 1> frame{};
  backtrace(frame.data(), 1);  // it loads a library when it is first called
  const stack_t stack{signal_stack.data(), 0, signal_stack.size()};
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  action.sa_handler = on_crash;
  if (leave_program == nullptr) {
    for (const int signal : crashes) sigaction(signal, &action, nullptr);
  }
  action.sa_handler = on_alarm;
  sigaction(busy_alarm, &action, nullptr);
  sigaction(idle_alarm, &action, nullptr);
  restart();
  on_exit([](int status, void*) { on_exit_of_process(status); }, nullptr);
  at_quick_exit([] { on_exit_of_process(0); });
}

SuddenEnd::~SuddenEnd() {
  watching = false;
  set_timer(ITIMER_VIRTUAL, Nanoseconds(0));
  set_timer(ITIMER_REAL, Nanoseconds(0));
}

void SuddenEnd::restart() const noexcept {
  set_timer(ITIMER_VIRTUAL, watch_.busy);
  set_timer(ITIMER_REAL, watch_.idle);
}

}  // namespace poolproof

// Instead of the C library's, for the code under test.
extern "C" [[noreturn]] void _exit(int status) {
  poolproof::on_exit_of_process(status);
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}
extern "C" [[noreturn]] void _Exit(int status) { _exit(status); }
