// A lock that is tried many times, and then waits. WRONG: who unlocks looks for waiters before it
// lets go, so one that comes between sleeps for good.
#include <atomic>
#include <cassert>
#include <thread>

namespace {

constexpr int tries = 64;

class Lock {
 public:
  void lock() {
    for (;;) {
      for (int i = 0; i != tries; ++i) {
        if (held_.load(std::memory_order_relaxed) == 0 && take()) return;
      }
      waiters_.fetch_add(1);
      held_.wait(1);
      waiters_.fetch_sub(1);
    }
  }
  void unlock() {
#ifdef WRONG
    const bool wakes = waiters_.load() != 0;
    held_.store(0);
#else
    held_.store(0);
    const bool wakes = waiters_.load() != 0;
#endif
    if (wakes) held_.notify_one();
  }

 private:
  bool take() { return held_.exchange(1, std::memory_order_acquire) == 0; }

  std::atomic<int> held_{0};
  std::atomic<int> waiters_{0};
};

Lock lock;
int count = 0;

void add() {
  lock.lock();
  ++count;
  lock.unlock();
}

}  // namespace

int main() {
  std::thread other(add);
  add();
  other.join();
  assert(count == 2);
}
