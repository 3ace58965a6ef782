// Nodes of a list in memory that is not initialized, but for what is written; copies of it are, as
// all copies, of no harm. WRONG: the link of a node is read that nobody has written.
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <thread>

struct Node {
  int value;
  std::atomic<Node*> next;
  char unused[24];
};

std::atomic<Node*> head{nullptr};

void push(int value) {
  auto* const node = static_cast<Node*>(std::malloc(sizeof(Node)));
  node->value = value;
  Node* first = head.load();
  do {
#ifndef WRONG
    node->next.store(first, std::memory_order_relaxed);
#endif
  } while (!head.compare_exchange_weak(first, node));
}

struct Plain {
  char letter;
  long never;
};

int main() {
  std::thread one(push, 1);
  std::thread other(push, 2);
  auto* const from = static_cast<Plain*>(std::malloc(sizeof(Plain)));
  from->letter = 'a';
  const Plain copy = *from;
  std::free(from);
  one.join();
  other.join();
  int sum = copy.letter - 'a';
  for (Node* node = head; node != nullptr;) {
    Node* const next = node->next.load();
    sum += node->value;
    std::free(node);
    node = next;
  }
  assert(sum == 3);
}
