// A pointer to nowhere, which only who comes late uses.
#include <atomic>
#include <cstdint>
#include <thread>

namespace {

std::atomic<int*> published{nullptr};
int value = 0;

}  // namespace

int main() {
#ifdef WRONG
  int* const target = reinterpret_cast<int*>(std::uintptr_t{1} << 46);
#else
  int* const target = &value;
#endif
  std::thread giver([target] { published.store(target, std::memory_order_release); });
  if (int* const seen = published.load(std::memory_order_acquire)) *seen = 1;
  giver.join();
}
