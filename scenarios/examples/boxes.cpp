// Black boxes: allocators with their own std::atomic and std::mutex, as they are. The model check
// sees into them. Right ones, and each wrong one with a bug of its own.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

enum class Bug { none, untagged, taken_twice, lost, no_release, no_acquire };

// A stack of the indices of free blocks, each of which has its link beside it.
template <Bug bug>
class Stack {
 public:
  static constexpr bool may_fail = true;  // a load may miss the last push

  Stack(void* memory, std::size_t blocks, std::size_t block_size)
      : memory_(static_cast<std::byte*>(memory)), size_(block_size), below_(blocks) {
    for (std::size_t i = 0; i != blocks; ++i) push(static_cast<std::uint32_t>(i));
  }
  void* alloc() {
    std::uint64_t top = top_.load(order(Bug::no_acquire, acquire));
    for (;;) {
      const auto index = static_cast<std::uint32_t>(top);
      if (index == none) return nullptr;
      const std::uint64_t next = tagged(below_[index].load(relaxed), top);
      if (bug == Bug::taken_twice) {
        top_.store(next, release);
      } else if (!top_.compare_exchange_weak(top, next, order(Bug::no_acquire, acquire))) {
        continue;
      }
      return memory_ + index * size_;
    }
  }
  void free(void* block) {
    const auto at = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    push(static_cast<std::uint32_t>(at / size_));
  }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  static constexpr std::memory_order order(Bug without, std::memory_order right) {
    return bug == without ? relaxed : right;
  }
  static std::uint64_t tagged(std::uint32_t index, std::uint64_t before) {
    const std::uint64_t tag = bug == Bug::untagged ? 0 : (before >> 32) + 1;
    return tag << 32 | index;
  }
  void push(std::uint32_t index) {
    std::uint64_t top = top_.load(relaxed);
    for (;;) {
      below_[index].store(static_cast<std::uint32_t>(top), relaxed);
      const std::uint64_t next = tagged(index, top);
      if (top_.compare_exchange_weak(top, next, order(Bug::no_release, release), relaxed)) return;
      if (bug == Bug::lost) return;
    }
  }

  std::byte* memory_;
  std::size_t size_;
  std::vector<std::atomic<std::uint32_t>> below_;
  std::atomic<std::uint64_t> top_{none};
};

// Two locks. Wrong: an alloc takes them in another order than a free.
template <bool same_order>
class TwoLocks {
 public:
  TwoLocks(void* memory, std::size_t blocks, std::size_t block_size) {
    for (std::size_t i = 0; i != blocks; ++i) {
      free_.push_back(static_cast<std::byte*>(memory) + i * block_size);
    }
  }
  void* alloc() {
    const std::lock_guard first(same_order ? list_ : count_);
    const std::lock_guard second(same_order ? count_ : list_);
    if (free_.empty()) return nullptr;
    void* block = free_.back();
    free_.pop_back();
    ++used_;
    return block;
  }
  void free(void* block) {
    const std::lock_guard first(list_);
    const std::lock_guard second(count_);
    free_.push_back(block);
    --used_;
  }

 private:
  std::mutex list_;
  std::mutex count_;
  std::vector<void*> free_;
  std::size_t used_ = 0;
};

// A node of the heap for each free block. Wrong: an alloc forgets the node.
template <bool deletes>
class Nodes {
 public:
  Nodes(void* memory, std::size_t blocks, std::size_t block_size) {
    for (std::size_t i = 0; i != blocks; ++i)
      free(static_cast<std::byte*>(memory) + i * block_size);
  }
  ~Nodes() {
    while (alloc() != nullptr) {
    }
  }
  void* alloc() {
    const std::lock_guard lock(mutex_);
    Node* const node = top_;
    if (node == nullptr) return nullptr;
    top_ = node->below;
    void* block = node->block;
    if (deletes) delete node;
    return block;
  }
  void free(void* block) {
    const std::lock_guard lock(mutex_);
    top_ = new Node{top_, block};
  }

 private:
  struct Node {
    Node* below;
    void* block;
  };
  std::mutex mutex_;
  Node* top_ = nullptr;
};

using poolproof::add_black_box;
constexpr poolproof::SubjectTraits wrong{.sound = false};
static const auto stack = add_black_box<Stack<Bug::none>>("stack", "a tag beside the index");
static const auto untagged = add_black_box<Stack<Bug::untagged>>("untagged", "no tag: ABA", wrong);
static const auto taken_twice =
    add_black_box<Stack<Bug::taken_twice>>("taken_twice", "a pop that stores", wrong);
static const auto lost = add_black_box<Stack<Bug::lost>>("lost", "a push tries once", wrong);
static const auto no_release =
    add_black_box<Stack<Bug::no_release>>("no_release", "a push that releases nothing", wrong);
static const auto no_acquire =
    add_black_box<Stack<Bug::no_acquire>>("no_acquire", "a pop that acquires nothing", wrong);
static const auto two_locks = add_black_box<TwoLocks<true>>("two_locks", "in one order");
static const auto crossed_locks =
    add_black_box<TwoLocks<false>>("crossed_locks", "in two orders", wrong);
static const auto nodes = add_black_box<Nodes<true>>("nodes", "a node for each free block");
static const auto leaking_nodes =
    add_black_box<Nodes<false>>("leaking_nodes", "forgets its nodes", wrong);
