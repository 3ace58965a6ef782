// The second way in: a free list that takes its atomics as a template parameter, for which a
// poolproof Atom stands in. All engines see those atomics; plain members they do not, but for
// ThreadSanitizer. Its planted bug: no counter guards the CAS of alloc against ABA.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>

template <template <class> class Atom = std::atomic>
class PlainStack {
  struct Node {
    alignas(16) std::byte block[256];
    Atom<Node*> next;
  };

 public:
  static constexpr bool may_fail = true;  // a stale load of top_ may show none

  PlainStack(std::size_t blocks, std::size_t block_size) : nodes_(new Node[blocks]) {
    if (block_size > sizeof Node::block) throw std::length_error("blocks of at most 256 bytes");
    for (std::size_t i = 0; i != blocks; ++i) free(nodes_[i].block);
  }
  void* alloc() {
    Node* top = top_.load(std::memory_order_acquire);
    while (top != nullptr &&
           !top_.compare_exchange_weak(top, top->next.load(std::memory_order_relaxed),
                                       std::memory_order_acquire)) {
    }
    return top == nullptr ? nullptr : top->block;
  }
  void free(void* block) {
    auto* node = static_cast<Node*>(block);
    Node* top = top_.load(std::memory_order_relaxed);
    do {
      node->next.store(top, std::memory_order_relaxed);
    } while (!top_.compare_exchange_weak(top, node, std::memory_order_release));
  }

  template <class Visitor>
  void describe(Visitor& visit) const {  // what the trace calls it
    visit("top", top_);
  }

 private:
  std::unique_ptr<Node[]> nodes_;
  Atom<Node*> top_{nullptr};
};

static const auto added = poolproof::add_subject<PlainStack>("plain_stack", "no nonce");
