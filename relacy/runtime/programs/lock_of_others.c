// The lock of a library that was compiled without the check, for library_of_others.c.
#include "lock_of_others.h"

void lock_of_others(int* taken) {
  while (__atomic_exchange_n(taken, 1, __ATOMIC_ACQUIRE) != 0) {
  }
}

void unlock_of_others(int* taken) { __atomic_store_n(taken, 0, __ATOMIC_RELEASE); }
