// What an actor that stands before an access will do depends on what its functions keep on its
// stack and in registers, and on nothing else of its own. Here the registers are taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace poolproof {

struct ActorRegisters {
  std::array<std::uint64_t, 6> preserved;  // those that functions preserve
  const std::byte* stack;                  // its lowest byte in use
};

#if defined(__x86_64__) && defined(__linux__)
constexpr bool can_take_registers = true;
// The caller's, as they are when it is called: whatever the caller needs later is in them, or on
// the stack above. The return address is on the stack, so that tells where the caller stands.
extern "C" void poolproof_take_registers(ActorRegisters* to) noexcept;
inline void take_registers(ActorRegisters* to) noexcept { poolproof_take_registers(to); }
#else
constexpr bool can_take_registers = false;
inline void take_registers(ActorRegisters*) noexcept {}
#endif

}  // namespace poolproof
