// The floor and the controls: each design by hand, as short as it can be, with nothing checked.
// What ours costs beyond its control is the price of its interface.
#include <atomic>
#include <bit>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "../detail/backoff.hpp"
#include "pool_bench_cells.hpp"
#include "pool_bench_memory.hpp"

namespace poolproof::bench {
namespace {

// No allocator: every block is the same one, a thread's own. What is left is the workload.
class Null {
 public:
  Null(std::size_t, unsigned) {}
  class Handle {
   public:
    explicit Handle(Null&) noexcept {}
    void* alloc() noexcept { return block_; }
    void free(void*) noexcept {}

   private:
    alignas(block_size) std::byte block_[block_size];
  };
};

class alignas(64) List {
 public:
  List(std::size_t count, unsigned) : blocks_(count) {
    for (std::size_t i = count; i != 0; --i) push(blocks_[i - 1]);
  }
  void* pop() noexcept {
    Node* top = top_;
    if (top != nullptr) [[likely]]
      top_ = top->next;
    return top;
  }
  void push(void* block) noexcept { top_ = ::new (block) Node{top_}; }

  class Handle {
   public:
    explicit Handle(List& list) noexcept : list_(list) {}
    void* alloc() noexcept { return list_.pop(); }
    void free(void* block) noexcept { list_.push(block); }

   private:
    List& list_;
  };

 private:
  struct Node {
    Node* next;
  };
  Blocks blocks_;
  Node* top_ = nullptr;
};

// Nothing shared, so that nothing can be handed from thread to thread but by frees: what a cache
// for each thread costs at least.
class ListForEach {
 public:
  ListForEach(std::size_t count, unsigned) : count_(count) {}
  class Handle {
   public:
    explicit Handle(ListForEach& all) : list_(all.list()) {}
    void* alloc() noexcept { return list_.pop(); }
    void free(void* block) noexcept { list_.push(block); }

   private:
    List& list_;
  };

 private:
  // Kept until the end, as blocks move from one to the other.
  List& list() {
    const std::lock_guard lock(mutex_);
    return lists_.emplace_back(count_, 1);
  }
  std::size_t count_;
  std::mutex mutex_;
  std::deque<List> lists_;
};

class LockedList {
 public:
  LockedList(std::size_t count, unsigned threads) : list_(count, threads) {}
  class Handle {
   public:
    explicit Handle(LockedList& locked) noexcept : locked_(locked) {}
    void* alloc() noexcept {
      const std::lock_guard lock(locked_.mutex_);
      return locked_.list_.pop();
    }
    void free(void* block) noexcept {
      const std::lock_guard lock(locked_.mutex_);
      locked_.list_.push(block);
    }

   private:
    LockedList& locked_;
  };

 private:
  List list_;
  std::mutex mutex_;
};

class Bump {
 public:
  Bump(std::size_t count, unsigned)
      : blocks_(count), next_(blocks_.begin()), end_(next_ + blocks_.bytes()) {}
  class Handle {
   public:
    explicit Handle(Bump& bump) noexcept : bump_(bump) {}
    void* alloc() noexcept {
      if (bump_.next_ == bump_.end_) [[unlikely]]
        bump_.next_ = bump_.blocks_.begin();
      return std::exchange(bump_.next_, bump_.next_ + block_size);
    }
    void free(void*) noexcept {}

   private:
    Bump& bump_;
  };

 private:
  Blocks blocks_;
  std::byte* next_;
  std::byte* end_;
};

class AtomicBump {
 public:
  explicit AtomicBump(std::size_t count) : blocks_(count) {}
  void* try_alloc() noexcept {
    const std::size_t old = used_.fetch_add(block_size, std::memory_order_relaxed);
    return old < blocks_.bytes() ? blocks_.begin() + old : nullptr;
  }
  void reset() noexcept { used_.store(0, std::memory_order_relaxed); }

 private:
  Blocks blocks_;
  alignas(64) std::atomic<std::size_t> used_{0};
};

struct NoBackoff {
  void operator()() noexcept {}
};

// 32 bits of index and 32 of nonce in one word; the links are not in the blocks.
template <class Wait>
class Treiber {
 public:
  Treiber(std::size_t count, unsigned)
      : blocks_(count), next_(std::make_unique<std::atomic<std::uint32_t>[]>(count)) {
    for (std::size_t i = count; i != 0; --i) push(static_cast<std::uint32_t>(i - 1));
  }
  class Handle {
   public:
    explicit Handle(Treiber& stack) noexcept : stack_(stack) {}
    void* alloc() noexcept { return stack_.pop(); }
    void free(void* block) noexcept {
      stack_.push(static_cast<std::uint32_t>(stack_.blocks_.index_of(block)));
    }

   private:
    Treiber& stack_;
  };

 private:
  static constexpr std::uint32_t none = 0xffff'ffff;

  void* pop() noexcept {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    for (Wait wait;; wait()) {
      const auto top = static_cast<std::uint32_t>(head);
      if (top == none) return nullptr;
      const std::uint64_t nonce = (head >> 32) + 1;
      const std::uint32_t below = next_[top].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, nonce << 32 | below, std::memory_order_acquire,
                                      std::memory_order_acquire)) {
        return blocks_[top];
      }
    }
  }
  void push(std::uint32_t index) noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    for (Wait wait;; wait()) {
      next_[index].store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head >> 32 << 32 | index, std::memory_order_release,
                                      std::memory_order_relaxed)) {
        return;
      }
    }
  }

  Blocks blocks_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> next_;
  alignas(64) std::atomic<std::uint64_t> head_{none};
};

// A bit for each block, 64 in a word, each word in a cache line of its own; a handle goes on where
// it was.
class Bits {
 public:
  Bits(std::size_t count, unsigned)
      : blocks_((count + 63) / 64 * 64),
        words_(new Word[(count + 63) / 64]),
        count_((count + 63) / 64) {
    for (std::size_t word = 0; word != count_; ++word) words_[word].free = ~std::uint64_t{0};
  }
  class Handle {
   public:
    explicit Handle(Bits& bits) noexcept
        : bits_(bits), word_(bits.handles_.fetch_add(1) * 7 % bits.count_) {}
    void* alloc() noexcept {
      for (std::size_t n = 0; n != bits_.count_; ++n) {
        auto& word = bits_.words_[word_].free;
        std::uint64_t free = word.load(std::memory_order_relaxed);
        while (free != 0) {
          const auto bit = static_cast<std::size_t>(std::countr_zero(free));
          if (word.compare_exchange_weak(free, free & (free - 1), std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return bits_.blocks_[word_ * 64 + bit];
          }
        }
        word_ = word_ + 1 == bits_.count_ ? 0 : word_ + 1;
      }
      return nullptr;
    }
    void free(void* block) noexcept {
      const std::size_t index = bits_.blocks_.index_of(block);
      bits_.words_[index / 64].free.fetch_or(std::uint64_t{1} << index % 64,
                                             std::memory_order_release);
    }

   private:
    Bits& bits_;
    std::size_t word_;
  };

 private:
  struct alignas(64) Word {
    std::atomic<std::uint64_t> free;
  };
  Blocks blocks_;
  std::unique_ptr<Word[]> words_;
  std::size_t count_;
  std::atomic<std::size_t> handles_{0};
};

// A byte for each block says whether it is free; a handle remembers 128 that it has freed or seen
// free, and looks at 64 at a time.
class Hints {
  using State = std::atomic<std::uint8_t>;
  static constexpr std::size_t run = 64;

 public:
  Hints(std::size_t count, unsigned) : blocks_(count), free_(new State[count]), count_(count) {
    for (std::size_t block = 0; block != count; ++block) free_[block] = 1;
  }
  class Handle {
   public:
    explicit Handle(Hints& hints) noexcept
        : of_(hints), next_(hints.handles_.fetch_add(1) * 7 * run % hints.count_) {}
    void* alloc() noexcept {
      do {
        while (hint_count_ != 0) {
          --hint_count_;
          const std::uint32_t block = hints_[--top_ % hints_.size()];
          State& state = of_.free_[block];
          if (state.load(std::memory_order_relaxed) != 0 &&
              state.exchange(0, std::memory_order_acquire) != 0) {
            return of_.blocks_[block];
          }
        }
      } while (look());
      return nullptr;
    }
    void free(void* block) noexcept {
      const std::size_t index = of_.blocks_.index_of(block);
      of_.free_[index].store(1, std::memory_order_release);
      remember(index);
    }

   private:
    void remember(std::size_t index) noexcept {
      hints_[top_++ % hints_.size()] = static_cast<std::uint32_t>(index);
      if (hint_count_ != hints_.size()) ++hint_count_;
    }
    bool look() noexcept {
      for (std::size_t looked = 0; looked < of_.count_ + run && hint_count_ == 0; looked += run) {
        if (next_ >= of_.count_) next_ = 0;
        const std::size_t end = std::min(next_ + run, of_.count_);
        for (; next_ != end; ++next_) {
          if (of_.free_[next_].load(std::memory_order_relaxed) != 0) remember(next_);
        }
      }
      return hint_count_ != 0;
    }

    Hints& of_;
    std::size_t next_;
    unsigned top_ = 0;
    unsigned hint_count_ = 0;
    std::array<std::uint32_t, 128> hints_;
  };

 private:
  Blocks blocks_;
  std::unique_ptr<State[]> free_;
  std::size_t count_;
  std::atomic<std::size_t> handles_{0};
};

}  // namespace

void add_controls(Contenders& c) {
  add<Null>(c, "null", Group::floor, Kind::shared, "");
  add<List>(c, "list", Group::control, Kind::single, "list");
  add<ListForEach>(c, "list for each thread", Group::control, Kind::shared, "list for each thread");
  add<LockedList>(c, "list, mutex", Group::control, Kind::shared, "list, mutex");
  add<Treiber<NoBackoff>>(c, "Treiber", Group::control, Kind::shared, "Treiber, back-off");
  add<Treiber<Backoff<StdBackend>>>(c, "Treiber, back-off", Group::control, Kind::shared,
                                    "Treiber, back-off");
  add<Bits>(c, "bits", Group::control, Kind::shared, "bits");
  add<Hints>(c, "hints", Group::control, Kind::shared, "hints");
  add<Bump>(c, "bump", Group::control, Kind::bump, "bump");
  add<ResetTogether<AtomicBump>>(c, "atomic bump", Group::control, Kind::shared_bump,
                                 "atomic bump");
}

}  // namespace poolproof::bench
