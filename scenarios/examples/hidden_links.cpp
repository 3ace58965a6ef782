// Broken free lists whose links the trace cannot simply show: a link that is read by exchange, as
// in Vyukov's SafeStack, and one that is plain memory. Their ABA must not be called harmless; and
// of the second the result says that plain members are not seen. A third one crashes, a fourth one
// loops in its own memory: the trace tells how, and where it stood.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>

namespace {

// https://groups.google.com/g/lock-free/c/fzEyhkJNG9A: one node more than blocks, which stays.
template <template <class> class Atom>
class SafeStack {
 public:
  static constexpr bool may_fail = true;

  SafeStack(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), size_(size), next_(new Atom<int>[blocks + 1]) {
    for (int i = static_cast<int>(blocks); i >= 0; --i) push(i);
  }
  void* alloc() {
    const int i = pop();
    return i < 0 ? nullptr : memory_ + static_cast<std::size_t>(i) * size_;
  }
  void free(void* block) {
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    push(static_cast<int>(offset / size_));
  }
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("head", head_);
    visit("count", count_);
  }

 private:
  int pop() {
    while (count_.load() > 1) {
      int head = head_.load();
      if (head < 0) continue;
      const int next = link(head).exchange(-1);
      if (next < 0) continue;
      if (int expected = head; head_.compare_exchange_strong(expected, next)) {
        count_.fetch_sub(1);
        return head;
      }
      link(head).exchange(next);
    }
    return -1;
  }
  void push(int i) {
    int head = head_.load();
    do {
      link(i).store(head);
    } while (!head_.compare_exchange_strong(head, i));
    count_.fetch_add(1);
  }

  Atom<int>& link(int i) { return next_[static_cast<std::size_t>(i)]; }

  std::byte* memory_;
  std::size_t size_;
  std::unique_ptr<Atom<int>[]> next_;
  Atom<int> head_{-1};
  Atom<int> count_{0};
};

enum class Damage { none, crash, loop };

// No counter guards its CAS; the links are plain members.
template <template <class> class Atom, Damage damage>
class PlainLinks {
  struct Node {
    alignas(16) std::byte block[256];
    Node* next;
    Atom<bool> used;
  };

 public:
  static constexpr bool may_fail = true;

  PlainLinks(std::size_t blocks, std::size_t) : nodes_(new Node[blocks]) {
    for (std::size_t i = 0; i != blocks; ++i) free(nodes_[i].block);
  }
  void* alloc() {
    Node* top = top_.load(std::memory_order_acquire);
    while (top != nullptr &&
           !top_.compare_exchange_weak(top, top->next, std::memory_order_acquire)) {
    }
    if (top == nullptr) return nullptr;
    if (top->used.exchange(true)) notice();
    return top->block;
  }
  void free(void* block) {
    auto* node = static_cast<Node*>(block);
    node->used.store(false);
    Node* top = top_.load(std::memory_order_relaxed);
    do {
      node->next = top;
    } while (!top_.compare_exchange_weak(top, node, std::memory_order_release));
  }
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("top", top_);
  }

 private:
  [[gnu::noinline]] void notice() {
    if (damage == Damage::crash) std::abort();
    while (damage == Damage::loop) asm volatile("" : : : "memory");
  }

  std::unique_ptr<Node[]> nodes_;
  Atom<Node*> top_{nullptr};
};
template <template <class> class Atom>
using Plain = PlainLinks<Atom, Damage::none>;
template <template <class> class Atom>
using Crash = PlainLinks<Atom, Damage::crash>;
template <template <class> class Atom>
using Loop = PlainLinks<Atom, Damage::loop>;

using poolproof::add_subject;
const auto safe = add_subject<SafeStack>("safestack", "links by exchange", {.sound = false});
const auto plain = add_subject<Plain>("plain_links", "plain links, no counter", {.sound = false});
const auto crash = add_subject<Crash>("aborts", "it aborts at a second owner", {.sound = false});
const auto loop = add_subject<Loop>("loops", "it loops at a second owner", {.sound = false});

}  // namespace
