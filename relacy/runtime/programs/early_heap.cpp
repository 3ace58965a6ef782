// Containers that have memory before main: each execution finds them as they were then. WRONG: a
// thread looks at one without the lock.
#include <cassert>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

std::deque<int> queue = {1, 2};
std::map<std::string, int> names = {{std::string(40, 'a'), 1}, {std::string(40, 'b'), 2}};
std::mutex mutex;
int sum = 0;

void take() {
#ifdef WRONG
  if (queue.empty()) return;
#endif
  const std::lock_guard<std::mutex> lock(mutex);
  sum += queue.front();
  queue.pop_front();
  names.erase(names.begin());
}

int main() {
  assert(queue.size() == 2 && names.size() == 2);
  std::thread one(take);
  std::thread other(take);
  one.join();
  other.join();
  assert(sum == 3 && queue.empty() && names.empty());
}
