/* For programs that poolproof program checks, in C and C++. In a plain run they do nothing. */
#ifndef POOLPROOF_PROGRAM_H
#define POOLPROOF_PROGRAM_H

#ifdef __cplusplus
extern "C" {
#endif

/* An execution in which this is false does not count, and ends here. */
void poolproof_assume(int condition);
/* A number from 0 to count - 1: the check tries all of them. 0 in a plain run. */
unsigned poolproof_choose(unsigned count);

#ifdef __cplusplus
}
#endif

#endif
