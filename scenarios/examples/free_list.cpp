// The free slots of a table: a stack of slots, with a tag in its top against ABA. A mistake that
// was shipped (https://github.com/eclipse-iceoryx/iceoryx/issues/2351), in a program of its own:
// main() is the test.
#include <array>
#include <atomic>
#include <cassert>
#include <thread>

constexpr unsigned slots = 3, none = slots;

class FreeList {
 public:
  FreeList() {
    for (unsigned slot = 0; slot != slots; ++slot) below_[slot] = slot + 1;
  }
  unsigned take() {
    Top top = top_, after = top;
    do {
      if (top.slot == none) return none;
      after.slot = below_[top.slot];
      after.tag += 1;
    } while (!top_.compare_exchange_weak(top, after));
    return top.slot;
  }
  void give(unsigned slot) {
    Top top = top_, after = {slot, top.tag};
    do {
      below_[slot] = top.slot;
      after.tag += 1;
    } while (!top_.compare_exchange_weak(top, after));
  }

 private:
  struct Top {
    unsigned slot, tag;
  };
  std::atomic<Top> top_{{0, 0}};
  std::array<std::atomic<unsigned>, slots> below_;
};

FreeList list;
std::array<std::atomic<bool>, slots> taken;

void take_two_and_give_them_back() {
  for (int round = 0; round != 2; ++round) {
    const unsigned one = list.take(), other = list.take();
    for (const unsigned slot : {one, other}) {
      if (slot != none) assert(!taken[slot].exchange(true));  // nobody else has it
    }
    for (const unsigned slot : {one, other}) {
      if (slot == none) continue;
      taken[slot] = false;
      list.give(slot);
    }
  }
}

int main() {
  std::thread one(take_two_and_give_them_back), other(take_two_and_give_them_back);
  one.join();
  other.join();
}
