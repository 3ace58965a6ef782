// An object that the first to come makes: a static variable of a function. WRONG: by a flag of its
// own, which two find unset.
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> made{0};

struct Object {
  Object() { ++made; }
};

void use() {
#ifdef WRONG
  static std::atomic<bool> is_made{false};
  if (!is_made) {
    Object object;
    is_made = true;
  }
#else
  static Object object;
#endif
}

int main() {
  std::thread one(use);
  std::thread other(use);
  one.join();
  other.join();
  assert(made == 1);
}
