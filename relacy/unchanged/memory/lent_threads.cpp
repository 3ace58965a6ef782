#include "lent_threads.hpp"

#include <asm/prctl.h>
#include <cxxabi.h>
#include <dlfcn.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

namespace poolproof {

namespace {

using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

std::atomic<std::uintptr_t> made_pointer{0};

void* stand_by(void*) {
  made_pointer.store(thread_pointer(), std::memory_order_release);  // (1) with (2): its storage
  for (;;) pause();
}

// No signal of the process may come to a thread that only lends its storage.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }

 private:
  sigset_t old_{};
};

void map_stacks() {
  constexpr std::size_t guard = 4096;
  auto* const at = reinterpret_cast<void*>(LentThreads::stacks);
  if (mmap(at, LentThreads::most * LentThreads::stack_bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    throw std::runtime_error("there is no memory for the stacks of actors");
  }
  for (unsigned actor = 0; actor != LentThreads::most; ++actor) {
    mprotect(reinterpret_cast<void*>(LentThreads::stacks + actor * LentThreads::stack_bytes), guard,
             PROT_NONE);
  }
}

}  // namespace

std::uintptr_t thread_pointer() noexcept {
  std::uintptr_t pointer = 0;
  asm volatile("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
}

void LentThreads::ready() {
  if (process_ == getpid()) return;
  process_ = getpid();
  lent_ = most;
  pointers_[most] = thread_pointer();
  exceptions_ = reinterpret_cast<std::intptr_t>(abi::__cxa_get_globals()) -
                static_cast<std::intptr_t>(pointers_[most]);
  map_stacks();
  const SignalsBlocked blocked;
  for (unsigned actor = 0; actor != most; ++actor) make(actor);
}

void LentThreads::make(unsigned actor) {
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  made_pointer.store(0, std::memory_order_relaxed);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  const int error = create(&handles_[actor], &attributes, stand_by, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw std::runtime_error("there are no threads for the storage of actors");
  std::uintptr_t pointer = 0;
  while ((pointer = made_pointer.load(std::memory_order_acquire)) == 0) {  // (2) with (1)
    syscall(SYS_sched_yield);
  }
  pointers_[actor] = pointer;
}

// Where the kernel does not offer wrfsbase, the instruction may still work, but a switch to another
// process undoes it.
void LentThreads::set(unsigned actor) noexcept {
  static const bool may_write = (getauxval(AT_HWCAP2) & 2) != 0;
  lent_ = actor;
  const std::uintptr_t pointer = pointers_[actor];
  if (may_write) {
    asm volatile("wrfsbase %0" : : "r"(pointer) : "memory");
    return;
  }
  long result = SYS_arch_prctl;
  asm volatile("syscall" : "+a"(result) : "D"(ARCH_SET_FS), "S"(pointer) : "rcx", "r11", "memory");
}

unsigned LentThreads::actor_of(pthread_t handle) const noexcept {
  unsigned actor = 0;
  while (actor != most && handles_[actor] != handle) ++actor;
  return actor;
}

void LentThreads::forget_exceptions(unsigned actor) const noexcept {
  constexpr std::size_t bytes = sizeof(void*) + sizeof(unsigned);
  std::memset(reinterpret_cast<void*>(pointers_[actor] + static_cast<std::uintptr_t>(exceptions_)),
              0, bytes);
}

void LentThreads::call_on_stack(unsigned actor, void (*call)(void*), void* argument) noexcept {
  const std::uintptr_t end = stack_end(actor) - 64;
  asm volatile(
      "movq %%rsp, %%rbx\n\t"
      "movq %[end], %%rsp\n\t"
      "callq *%[call]\n\t"
      "movq %%rbx, %%rsp\n\t"
      : [call] "+r"(call), "+D"(argument)
      : [end] "r"(end)
      : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1",
        "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
        "xmm13", "xmm14", "xmm15");
}

}  // namespace poolproof
