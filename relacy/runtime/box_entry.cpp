// What a program of black boxes calls: its static objects, and its main in a plain run.
#include <cstdio>

#include "entry.hpp"
#include "harness/base/exit_status.hpp"
#include "relacy/boxes/box_program.hpp"

POOLPROOF_ENTRY void poolproof_box_add(poolproof::Box* box) { poolproof::add_box(*box); }

POOLPROOF_ENTRY int poolproof_box_main() {
  std::fputs(
      "this program has black boxes for the model check: 'check' of the program beside it, without "
      "-program at the end of its name, runs it\n",
      stderr);
  return poolproof::wrong_usage;
}
