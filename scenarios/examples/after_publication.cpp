// What a pool does to a block once others can have it. Each wrong one has a right sibling, whose
// lines come in another order.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto relaxed = std::memory_order_relaxed;

// A stack of indices and a nonce; its links are atomics.
template <template <class> class Atom>
class Stack {
 public:
  explicit Stack(std::size_t blocks) : next_(blocks + 1) {}

  std::uint32_t pop() {
    std::uint64_t head = head_.load(acquire);
    while (std::uint32_t(head) != 0) {
      const std::uint64_t nonce = (head >> 32) + 1;
      const std::uint64_t below = nonce << 32 | next_[std::uint32_t(head)].load(relaxed);
      if (head_.compare_exchange_weak(head, below, acquire, acquire)) break;
    }
    return std::uint32_t(head);
  }
  void push(std::uint32_t index) {
    std::uint64_t head = head_.load(relaxed);
    do {
      next_[index].store(std::uint32_t(head), relaxed);
    } while (!head_.compare_exchange_weak(head, head >> 32 << 32 | index, release, relaxed));
  }

 private:
  std::vector<Atom<std::uint32_t>> next_;
  Atom<std::uint64_t> head_{0};
};

// Cleans each block that comes back; wrong if late, when the next owner may have it.
template <template <class> class Atom, bool late>
class Cleans {
 public:
  static constexpr bool may_fail = true;

  Cleans(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), size_(size), stack_(blocks) {
    for (std::size_t i = 0; i != blocks; ++i) free(memory_ + i * size_);
  }
  void* alloc() {
    const std::uint32_t index = stack_.pop();
    return index == 0 ? nullptr : memory_ + (index - 1) * size_;
  }
  void free(void* block) {
    if (!late) std::memset(block, 0, size_);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    stack_.push(static_cast<std::uint32_t>(offset / size_ + 1));
    if (late) std::memset(block, 0, size_);
  }

 private:
  std::byte* memory_;
  std::size_t size_;
  Stack<Atom> stack_;
};

// Counts how often each block was freed, in plain memory beside the blocks and in the last bytes of
// the block. Wrong if late.
template <template <class> class Atom, bool late>
class Counts {
 public:
  static constexpr bool may_fail = true;

  Counts(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), size_(size), stack_(blocks), frees_(blocks) {
    for (std::size_t i = 0; i != blocks; ++i) stack_.push(static_cast<std::uint32_t>(i + 1));
  }
  void* alloc() {
    const std::uint32_t index = stack_.pop();
    return index == 0 ? nullptr : memory_ + (index - 1) * size_;
  }
  void free(void* block) {
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    const std::size_t i = offset / size_;
    if (!late) note(i);
    stack_.push(static_cast<std::uint32_t>(i + 1));
    if (late) note(i);
  }

 private:
  void note(std::size_t i) {
    const std::uint64_t frees = ++frees_[i];
    std::memcpy(memory_ + i * size_ + size_ - sizeof frees, &frees, sizeof frees);
  }

  std::byte* memory_;
  std::size_t size_;
  Stack<Atom> stack_;
  std::vector<std::uint64_t> frees_;
};

// Under a lock that spins. Wrong if late: unlocked, it looks after the block once more.
template <template <class> class Atom, bool late>
class Tidies {
 public:
  Tidies(void* memory, std::size_t blocks, std::size_t size) : size_(size) {
    for (std::size_t i = 0; i != blocks; ++i) {
      free_.push_back(static_cast<std::byte*>(memory) + i * size);
    }
  }
  void* alloc() {
    lock();
    void* block = nullptr;
    if (!free_.empty()) {
      block = free_.back();
      free_.pop_back();
    }
    locked_.store(0, release);
    return block;
  }
  void free(void* block) {
    lock();
    free_.push_back(block);
    if (!late) std::memset(block, 0xdd, size_);
    locked_.store(0, release);
    if (late) std::memset(block, 0xdd, size_);
  }

 private:
  void lock() {
    while (locked_.exchange(1, acquire) != 0) {
    }
  }

  std::size_t size_;
  Atom<int> locked_{0};
  std::vector<void*> free_;
};

template <template <class> class Atom>
using Cleaned = Cleans<Atom, false>;
template <template <class> class Atom>
using CleanedLate = Cleans<Atom, true>;
template <template <class> class Atom>
using Counted = Counts<Atom, false>;
template <template <class> class Atom>
using CountedLate = Counts<Atom, true>;
template <template <class> class Atom>
using Tidied = Tidies<Atom, false>;
template <template <class> class Atom>
using TidiedLate = Tidies<Atom, true>;

static const auto cleaned = poolproof::add_subject<Cleaned>("cleaned", "clean when freed");
static const auto counted = poolproof::add_subject<Counted>("counted", "count the frees");
static const auto tidied = poolproof::add_subject<Tidied>("tidied", "overwrite under the lock");
static const auto cleaned_late =
    poolproof::add_subject<CleanedLate>("cleaned_late", "clean after the push", {.sound = false});
static const auto counted_late =
    poolproof::add_subject<CountedLate>("counted_late", "count after the push", {.sound = false});
static const auto tidied_late =
    poolproof::add_subject<TidiedLate>("tidied_late", "overwrite, unlocked", {.sound = false});
