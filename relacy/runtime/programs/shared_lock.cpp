// Readers that share a lock. WRONG: the writer shares it too.
#include <mutex>
#include <shared_mutex>
#include <thread>

std::shared_mutex mutex;
int value = 0;

int main() {
  std::thread reader([] {
    const std::shared_lock lock(mutex);
    static_cast<void>(value == 1);
    volatile int seen = value;
    static_cast<void>(seen);
  });
  std::thread writer([] {
#ifdef WRONG
    const std::shared_lock lock(mutex);
#else
    const std::unique_lock lock(mutex);
#endif
    value = 1;
  });
  reader.join();
  writer.join();
}
