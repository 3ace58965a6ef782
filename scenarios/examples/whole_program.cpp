// A program as any other, with no word of ours in it: a ring between one thread that puts and one
// that takes. "poolproof program" checks it as it is: main() is the test.
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <optional>
#include <thread>

class Ring {
 public:
  bool put(int value) {
    const std::size_t end = end_.load(std::memory_order_relaxed);  // only we store there
    if (end - begin_.load(std::memory_order_acquire) == items_.size()) return false;
    items_[end % items_.size()] = value;
    end_.store(end + 1, std::memory_order_release);
    return true;
  }
  std::optional<int> take() {
    const std::size_t begin = begin_.load(std::memory_order_relaxed);  // only we store there
    if (begin == end_.load(std::memory_order_acquire)) return std::nullopt;
    const int value = items_[begin % items_.size()];
    begin_.store(begin + 1, std::memory_order_release);
    return value;
  }

 private:
  std::array<int, 2> items_{};
  std::atomic<std::size_t> begin_{0};
  std::atomic<std::size_t> end_{0};
};

int main() {
  Ring ring;
  std::thread giver([&ring] {
    for (int value = 1; value <= 3; ++value) {
      if (!ring.put(value)) return;
    }
  });
  int taken = 0;
  for (int attempt = 0; attempt != 3; ++attempt) {
    const std::optional<int> value = ring.take();
    if (value) ++taken;
    assert(!value || *value == taken);
  }
  giver.join();
}
