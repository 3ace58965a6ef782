// What the entry points share. Each does for the program what its name promises, by the model while
// the program is inside, by the system while it is not.
#pragma once

#include <dlfcn.h>

#include <cstdint>

#include "relacy/unchanged/memory/inside.hpp"
#include "relacy/unchanged/program.hpp"

// Seen by the program; all else is hidden.
#define POOLPROOF_ENTRY extern "C" __attribute__((visibility("default")))
// The address behind the call of the entry point.
#define POOLPROOF_CODE __builtin_return_address(0)

namespace poolproof {

// The program, for the time of one call from inside.
class Inside {
 public:
  // All that the program has on the stack lies above the frame of the entry point.
  [[gnu::always_inline]] Inside() noexcept {
    Program::current->stack_ends_at(__builtin_frame_address(0));
  }
  Program* operator->() const noexcept { return Program::current; }

 private:
  Outside outside_;
};

// For one access to an atomic: the model is told where the program's own part of the stack is,
// with all registers that functions preserve.
class InsideLoop : public Inside {
 public:
  [[gnu::always_inline]] InsideLoop() noexcept {
    __builtin_unwind_init();
    Program::current->stands_at(__builtin_frame_address(0));
  }
};

inline std::uintptr_t address(const volatile void* at) noexcept {
  return reinterpret_cast<std::uintptr_t>(at);
}

// The system's own function of that name.
template <class Function>
Function* system_function(const char* name) noexcept {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace poolproof

// In an entry point: what the system does while the program is not inside.
#define POOLPROOF_SYSTEM(name, ...)                                              \
  if (!poolproof::inside) {                                                      \
    static auto* const real = poolproof::system_function<decltype(name)>(#name); \
    return real(__VA_ARGS__);                                                    \
  }
