// A block that is handed over by an exchange. WRONG: whoever finds a block there forgets its own.
#include <atomic>
#include <thread>

std::atomic<int*> shared{nullptr};

void hand_over() {
  int* const mine = new int(1);
#ifdef WRONG
  int* expected = nullptr;
  shared.compare_exchange_strong(expected, mine);
#else
  delete shared.exchange(mine);
#endif
}

int main() {
  std::thread one(hand_over);
  std::thread other(hand_over);
  one.join();
  other.join();
}
