// A lock that is only tried, and opened by a plain store. WRONG: the store releases nothing.
#include <atomic>
#include <cassert>
#include <thread>

namespace {

#ifdef WRONG
constexpr auto opened = std::memory_order_relaxed;
#else
constexpr auto opened = std::memory_order_release;
#endif

class TryLock {
 public:
  bool try_lock() {
    bool open = false;
    return taken_.compare_exchange_strong(open, true, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  void unlock() { taken_.store(false, opened); }

 private:
  std::atomic<bool> taken_{false};
};

TryLock lock;
int count = 0;

void add() {
  if (!lock.try_lock()) return;
  ++count;
  lock.unlock();
}

}  // namespace

int main() {
  std::thread one(add);
  std::thread other(add);
  one.join();
  other.join();
  assert(count == 1 || count == 2);
}
