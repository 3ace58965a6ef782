// Boost's lock-free stack as it is, and with QUEUE its queue: each value comes out once. Links are
// plain memory that others read: a race by the standard, which --no-races does not ask for.
#ifdef QUEUE
#include <boost/lockfree/queue.hpp>
using Values = boost::lockfree::queue<int>;
#else
#include <boost/lockfree/stack.hpp>
using Values = boost::lockfree::stack<int>;
#endif

#include <atomic>
#include <cassert>
#include <thread>

int main() {
  Values values(2);
  std::atomic<int> seen[2] = {};
  const auto work = [&](int mine) {
    values.push(mine);
    int value = 0;
    if (values.pop(value)) ++seen[value];
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  int value = 0;
  while (values.pop(value)) ++seen[value];
  assert(seen[0] == 1 && seen[1] == 1);
}
