// A stack whose nodes are freed once no hazard pointer names them. WRONG: who has set one does not
// look whether the node is still there.
#include <atomic>
#include <cassert>
#include <thread>

struct Node {
  int value;
  Node* next;
};

std::atomic<Node*> head{nullptr};
std::atomic<Node*> hazard[2];

void push(int value) {
  Node* const node = new Node{value, head.load()};
  while (!head.compare_exchange_weak(node->next, node)) {
  }
}

int pop(int me) {
  Node* first = nullptr;
  do {
    first = head.load();
    if (first == nullptr) return 0;
    hazard[me].store(first);
#ifndef WRONG
    if (head.load() != first) continue;
#endif
    Node* expected = first;
    if (head.compare_exchange_strong(expected, first->next)) break;
  } while (true);
  hazard[me].store(nullptr);
  while (hazard[1 - me].load() == first) std::this_thread::yield();
  const int value = first->value;
  delete first;
  return value;
}

int main() {
  push(1);
  push(2);
  int values[2] = {};
  std::thread one([&] { values[0] = pop(0); });
  std::thread other([&] { values[1] = pop(1); });
  one.join();
  other.join();
  assert(values[0] + values[1] == 3);
}
