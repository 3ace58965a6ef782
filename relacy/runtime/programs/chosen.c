/* A program that chooses, and assumes. WRONG: one of the numbers is too large. */
#include <assert.h>
#include <poolproof/program.h>

int main(void) {
  unsigned number = poolproof_choose(5);
#ifndef WRONG
  poolproof_assume(number != 4);
#endif
  assert(number < 4);
  return 0;
}
