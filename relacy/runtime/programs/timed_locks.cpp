// Locks that are waited for until some time. WRONG: who did not get one goes on as if it had.
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_timed_mutex mutex;
int count = 0;

void add() {
  std::unique_lock lock(mutex, std::chrono::milliseconds(1));
#ifndef WRONG
  if (!lock) return;
#endif
  ++count;
}

int main() {
  std::thread one(add);
  std::thread other(add);
  int seen = 0;
  if (std::shared_lock lock(mutex, std::chrono::milliseconds(1)); lock) seen = count;
  one.join();
  other.join();
  return seen <= count ? 0 : 1;
}
