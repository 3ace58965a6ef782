// LentThreads: what each actor needs to be taken for a thread, though all run on one: thread-local
// storage, a handle, and a stack. The storage is that of real threads that do nothing else, so
// each thread-local variable has an address of its own.
#pragma once

#include <pthread.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "relacy/engine/model_engine.hpp"

namespace poolproof {

class LentThreads {
 public:
  static constexpr unsigned most = ModelTest::most_actors;
  static constexpr std::uintptr_t stacks = 0x110000000000;  // the same in every process
  static constexpr std::size_t stack_bytes = 1 << 20;

  // Makes them, once in each process. Throws std::runtime_error.
  void ready();
  // The actor's storage is that of the calling thread from here on, until it is given back.
  void lend(unsigned actor) noexcept {
    if (lent_ != actor) set(actor);
  }
  void give_back() noexcept { lend(most); }

  std::uintptr_t pointer(unsigned actor) const noexcept { return pointers_[actor]; }
  pthread_t handle(unsigned actor) const noexcept { return handles_[actor]; }
  // Nobody's: most.
  unsigned actor_of(pthread_t handle) const noexcept;
  // Forgets the exceptions in flight, which an execution that was abandoned leaves there.
  void forget_exceptions(unsigned actor) const noexcept;

  static std::uintptr_t stack_end(unsigned actor) noexcept {
    return stacks + (actor + 1) * stack_bytes;
  }
  // Of a stack, its upper end, so far down as states of an actor are told apart.
  static constexpr std::size_t state_bytes = 4096;
  static bool is_stack(std::uintptr_t at) noexcept { return at - stacks < most * stack_bytes; }
  static unsigned owner_of(std::uintptr_t at) noexcept {
    return static_cast<unsigned>((at - stacks) / stack_bytes);
  }
  // Calls it there.
  static void call_on_stack(unsigned actor, void (*call)(void*), void* argument) noexcept;

 private:
  void set(unsigned actor) noexcept;
  void make(unsigned actor);

  std::array<std::uintptr_t, most + 1> pointers_{};  // the last is the process' own
  std::array<pthread_t, most> handles_{};
  std::intptr_t exceptions_ = 0;  // where the runtime keeps them, from a thread pointer
  unsigned lent_ = most;
  int process_ = 0;
};

// Of the calling thread.
std::uintptr_t thread_pointer() noexcept;

}  // namespace poolproof
