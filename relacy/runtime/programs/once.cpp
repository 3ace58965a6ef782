// What is made once, though the first try throws. WRONG: nothing sees to that.
#include <cassert>
#include <mutex>
#include <stdexcept>
#include <thread>

std::once_flag made;
int tries = 0;

void make() {
  if (++tries == 1) throw std::runtime_error("not yet");
}

void get() {
  try {
#ifdef WRONG
    if (tries < 2) make();
#else
    std::call_once(made, make);
#endif
  } catch (const std::runtime_error&) {
  }
}

int main() {
  std::thread one(get);
  std::thread other(get);
  one.join();
  other.join();
  get();
  assert(tries == 2);
}
