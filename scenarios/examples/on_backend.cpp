// The first way in: a free list that takes its atomics from a poolproof backend. Stress,
// ThreadSanitizer, model check and audit see every access of it, and where it stands.
#include <poolproof/subject.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

template <class B>
class IndexStack {
 public:
  static constexpr bool may_fail = true;  // a stale load of head_ may show none

  IndexStack(void* memory, std::size_t blocks, std::size_t block_size)
      : memory_(static_cast<std::byte*>(memory)), size_(block_size), nodes_(new Node[blocks + 1]) {
    for (std::size_t i = 0; i != blocks; ++i) free(memory_ + i * size_);
  }
  void* alloc() {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    while (index(head) != 0) {
      const std::uint64_t next = nodes_[index(head)].next.load(std::memory_order_relaxed);
      const std::uint64_t popped = (head & ~max_index) + (max_index + 1) + next;  // nonce + 1
      if (head_.compare_exchange_weak(head, popped, std::memory_order_acquire,
                                      std::memory_order_acquire)) {
        return memory_ + (index(head) - 1) * size_;
      }
    }
    return nullptr;
  }
  void free(void* block) {
    const auto at = static_cast<std::uint64_t>(static_cast<std::byte*>(block) - memory_) / size_;
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    do {
      nodes_[at + 1].next.store(static_cast<std::uint32_t>(index(head)), std::memory_order_relaxed);
    } while (!head_.compare_exchange_weak(head, (head & ~max_index) + at + 1,
                                          std::memory_order_release, std::memory_order_relaxed));
  }
  // For traces: what the variable is called, and how its value reads.
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("head", head_, [](std::uint64_t head, auto& field) {
      field("index", index(head));
      field("nonce", head / (max_index + 1));
    });
  }

 private:
  static constexpr std::uint64_t max_index = 0xffffffff;
  static std::uint64_t index(std::uint64_t head) { return head & max_index; }  // from 1; 0: none
  struct Node {
    typename B::template atomic<std::uint32_t> next{0};
  };
  std::byte* memory_;
  std::size_t size_;
  std::unique_ptr<Node[]> nodes_;
  typename B::template atomic<std::uint64_t> head_{0};
};

static const auto added = poolproof::add_subject<IndexStack>("index_stack", "a stack of indices");
