// Where a mutex was destroyed, another may be made: on the stack by the next call, in a block that
// is used again.
#include <pthread.h>

#include <thread>

namespace {

struct Locked {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int value = 0;
  ~Locked() { pthread_mutex_destroy(&mutex); }
};

void use(Locked& one) {
  pthread_mutex_lock(&one.mutex);
  ++one.value;
  pthread_mutex_unlock(&one.mutex);
}

void work() {
  for (int i = 0; i != 2; ++i) {
    Locked here;
    use(here);
    auto* const there = new Locked;
    use(*there);
    delete there;
  }
}

}  // namespace

int main() {
  std::thread other(work);
  work();
  other.join();
#ifdef WRONG
  Locked gone;
  gone.~Locked();
  use(gone);
#endif
}
