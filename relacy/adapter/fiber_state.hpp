// FiberState: what an actor keeps in its registers and on its stack, as a part of a state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "actor_registers.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

struct FiberState {
  enum class At : std::uint8_t { start, access, end };

  At at = At::start;
  bool hashed = false;              // since its last step
  const std::byte* base = nullptr;  // the highest byte of its part of the stack
  ActorRegisters registers{};
  StateKey key;

  // Until its next step its fiber stands still, and so does what is on its stack.
  void add_to(StateHash& state) {
    state.add(static_cast<std::uint64_t>(at));
    if (at != At::access) return;
    if (!hashed) {
      hashed = true;
      StateHash hash;
      for (const std::uint64_t word : registers.preserved) hash.add(word);
      hash.add(registers.stack, static_cast<std::size_t>(base - registers.stack));
      key = hash.key();
    }
    state.add(key);
  }
};

}  // namespace poolproof
