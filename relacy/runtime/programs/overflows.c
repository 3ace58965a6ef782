// A copy that its length is checked of, as with _FORTIFY_SOURCE: the C library ends the program
// where only who comes late has the long name.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifdef WRONG
static char name[] = "longer than seven";
#else
static char name[] = "seven";
#endif
static _Atomic(char*) published;

static void* give(void* unused) {
  atomic_store(&published, name);
  return unused;
}

int main(void) {
  pthread_t giver;
  pthread_create(&giver, NULL, give, NULL);
  char room[8] = "";
  const char* const seen = atomic_load(&published);
  if (seen != NULL) __builtin___strcpy_chk(room, seen, sizeof room);
  pthread_join(giver, NULL);
  return room[0] == 'x';
}
