// A variable of main()'s that two threads write. WRONG: as plain memory.
#include <atomic>
#include <thread>

int main() {
#ifdef WRONG
  int shared = 0;
#else
  std::atomic<int> shared{0};
#endif
  std::thread one([&] { shared = 1; });
  std::thread other([&] { shared = 2; });
  one.join();
  other.join();
}
