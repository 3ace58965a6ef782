// Each thread counts in a variable of its own, whose destructor adds it up. WRONG: the variable is
// one for all.
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> sum{0};

struct Local {
  int count = 0;
  ~Local() { sum += count; }
};

#ifdef WRONG
Local local;
#else
thread_local Local local;
#endif

void count() {
  for (int i = 0; i != 2; ++i) ++local.count;
}

int main() {
  std::thread one(count);
  std::thread other(count);
  one.join();
  other.join();
  assert(sum == 4);
}
