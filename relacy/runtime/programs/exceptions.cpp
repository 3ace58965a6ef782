// Exceptions that two threads throw at once and catch. WRONG: one does not.
#include <atomic>
#include <cassert>
#include <stdexcept>
#include <thread>

std::atomic<int> caught{0};

void try_it() {
  try {
    caught.load();
    throw std::runtime_error("thrown");
  } catch (const std::runtime_error&) {
    ++caught;
  }
}

int main() {
  std::thread one(try_it);
  std::thread other([] {
#ifdef WRONG
    throw std::runtime_error("thrown");
#else
    try_it();
#endif
  });
  one.join();
  other.join();
  assert(caught == 2);
}
