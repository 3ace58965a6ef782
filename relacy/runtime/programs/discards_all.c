/* No execution counts. */
#include <poolproof/program.h>

int main(void) {
  poolproof_assume(0);
  return 0;
}
