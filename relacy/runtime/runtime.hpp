// Runtime: the state of the process that a compiled program runs in. By itself such a program runs
// as any other; under poolproof it checks itself.
#pragma once

#include "relacy/unchanged/program.hpp"

namespace poolproof {

// Before the constructors of the program's static objects; what is allocated before that is the
// libraries' own.
void program_begins() noexcept;
// Does this process check its program, and has main not begun yet?
bool is_early() noexcept;
// Does it check its program, and its main has begun? Then what is not inside is our own.
bool is_checking() noexcept;
// Where an early process begins a thread, of which its executions would have none: says so, and
// ends the process.
void refuse_early_thread() noexcept;
// It begins now; what is allocated from here on is not.
void main_begins() noexcept;
// Is that code of libc's or the loader's?
bool is_libc(const void* code) noexcept;
// Instead of main, where this process checks its program: returns its exit status.
int check_program(const ProgramStart& start);

}  // namespace poolproof
