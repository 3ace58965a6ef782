#include "actor_registers.hpp"

#if defined(__x86_64__) && defined(__linux__)

static_assert(sizeof(poolproof::ActorRegisters) == 7 * 8);

// The System V ABI for x86-64, 3.2.1: a function preserves rbx, rbp and r12 to r15.
asm(R"(
  .text
  .globl poolproof_take_registers
  .type poolproof_take_registers, @function
poolproof_take_registers:
  .cfi_startproc
  movq %rbx, 0(%rdi)
  movq %rbp, 8(%rdi)
  movq %r12, 16(%rdi)
  movq %r13, 24(%rdi)
  movq %r14, 32(%rdi)
  movq %r15, 40(%rdi)
  movq %rsp, 48(%rdi)
  ret
  .cfi_endproc
  .size poolproof_take_registers, .-poolproof_take_registers
)");

#endif
