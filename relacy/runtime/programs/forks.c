/* What the check cannot see. */
#include <unistd.h>

int main(void) { return fork() == 0; }
