// A thread that waits for a flag by a condition variable. WRONG: it looks at the flag before it
// locks, so the call that should wake it comes too early.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex mutex;
std::condition_variable condition;
std::atomic<bool> flag{false};

int main() {
  std::thread waiter([] {
#ifdef WRONG
    if (flag) return;
    std::unique_lock lock(mutex);
    condition.wait(lock);
#else
    std::unique_lock lock(mutex);
    condition.wait(lock, [] { return flag.load(); });
#endif
  });
  {
    const std::lock_guard lock(mutex);
    flag = true;
  }
  condition.notify_one();
  waiter.join();
}
