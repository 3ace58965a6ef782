#include "unseen_code.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>

#include "program.hpp"
#include "relacy/unchanged/memory/inside.hpp"

namespace poolproof {

namespace {

constexpr unsigned char trap = 0xCC;  // int3
UnseenCode* current = nullptr;        // of this process, for the signal
// What is done of a trap that is none of ours.
struct sigaction otherwise {};

unsigned char& byte_at(std::uintptr_t at) noexcept { return *reinterpret_cast<unsigned char*>(at); }

bool make_writable(std::uintptr_t at) noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  return mprotect(reinterpret_cast<void*>(at / page * page), page,
                  PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

}  // namespace

void Program::comes_to_unseen(const std::string& function, const void* code) {
  note(std::string(UnseenCode::note) + function, code);
}

UnseenCode::UnseenCode(const std::string& text, std::uintptr_t base, std::uint64_t* reached)
    : reached_(reached) {
  watched_ = true;
  for (std::size_t start = 0, end; (end = text.find('\n', start)) != std::string::npos;
       start = end + 1) {
    const std::string_view line(text.data() + start, end - start);
    Instruction one;
    const auto read = std::from_chars(line.data(), line.data() + line.size(), one.at, 16);
    one.function = line.substr(
        std::min<std::size_t>(line.size(), static_cast<std::size_t>(read.ptr - line.data()) + 1));
    watched_ = watched_ && one.at != 0 && make_writable(one.at + base);
    one.at += base;
    instructions_.push_back(std::move(one));
  }
  watched_ = watched_ && !empty();
  if (!watched_) return;
  for (Instruction& one : instructions_) one.first_byte = byte_at(one.at);
  current = this;
}

UnseenCode::~UnseenCode() {
  if (current == this) current = nullptr;
}

// The execution goes on at the instruction itself, as it was.
void UnseenCode::trapped(int signal, siginfo_t* info, void* context) {
  auto& where = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const std::uintptr_t at = static_cast<std::uintptr_t>(where) - 1;
  if (current != nullptr) {
    for (Instruction& one : current->instructions_) {
      if (one.at != at) continue;
      byte_at(at) = one.first_byte;
      one.armed = false;
      where -= 1;
      if (!inside) return;
      const auto which = static_cast<std::uint64_t>(&one - current->instructions_.data()) + 1;
      std::atomic_ref(*current->reached_).store(which, std::memory_order_relaxed);  // a mark alone
      const Outside outside;
      Program::current->comes_to_unseen(one.function, reinterpret_cast<const void*>(at + 1));
      return;
    }
  }
  if ((otherwise.sa_flags & SA_SIGINFO) != 0) return otherwise.sa_sigaction(signal, info, context);
  ::signal(signal, SIG_DFL);
  raise(signal);
}

void UnseenCode::catch_traps() const {
  if (!watched_) return;
  struct sigaction action {};
  action.sa_sigaction = trapped;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  struct sigaction before {};
  sigaction(SIGTRAP, &action, &before);
  const bool is_ours = (before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == trapped;
  if (!is_ours) otherwise = before;
}

void UnseenCode::restart() noexcept {
  if (!watched_) return;
  for (Instruction& one : instructions_) {
    if (one.armed) continue;
    byte_at(one.at) = trap;
    one.armed = true;
  }
}

}  // namespace poolproof
