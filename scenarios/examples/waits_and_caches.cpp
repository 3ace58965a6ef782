// Pools that wait for a free, and pools whose threads keep blocks from each other. Each wrong one
// has its own bug.
#include <poolproof/subject.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

using Blocks = std::vector<void*>;
Blocks all_blocks(void* memory, std::size_t blocks, std::size_t size) {
  Blocks all;
  for (std::size_t i = 0; i != blocks; ++i)
    all.push_back(static_cast<std::byte*>(memory) + i * size);
  return all;
}

// An alloc waits until there is a block. Wrong unless always: a free tells one who waits only if
// there was no block, so that after two frees in a row the second one sleeps on.
template <bool always>
class Blocking {
 public:
  static constexpr bool waits = true;

  Blocking(void* memory, std::size_t blocks, std::size_t size)
      : free_(all_blocks(memory, blocks, size)) {}
  void* alloc() {
    std::unique_lock lock(mutex_);
    there_is_.wait(lock, [this] { return !free_.empty(); });
    void* block = free_.back();
    free_.pop_back();
    return block;
  }
  void free(void* block) {
    const std::lock_guard lock(mutex_);
    free_.push_back(block);
    if (always || free_.size() == 1) there_is_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_is_;
  Blocks free_;
};

// The same with atomics, for the model check.
template <template <class> class Atom, bool always>
class Waiting {
 public:
  static constexpr bool waits = true;

  Waiting(void* memory, std::size_t blocks, std::size_t size)
      : free_(all_blocks(memory, blocks, size)) {}
  void* alloc() {
    for (;;) {
      lock();
      if (!free_.empty()) break;
      ++sleepers_;
      unlock();
      sleep();
    }
    void* block = free_.back();
    free_.pop_back();
    unlock();
    return block;
  }
  void free(void* block) {
    lock();
    free_.push_back(block);
    const bool wakes = sleepers_ != 0 && (always || free_.size() == 1);
    if (wakes) --sleepers_;
    unlock();
    if (wakes) bells_.fetch_add(1, release);
  }

 private:
  void lock() {
    while (locked_.exchange(1, acquire) != 0) {
    }
  }
  void unlock() { locked_.store(0, release); }
  // Until a bell rings that nobody else has heard.
  void sleep() {
    unsigned bells = bells_.load(acquire);
    while (bells == 0 || !bells_.compare_exchange_weak(bells, bells - 1, acquire, acquire)) {
      if (bells == 0) bells = bells_.load(acquire);
    }
  }

  Atom<int> locked_{0};
  Atom<unsigned> bells_{0};
  unsigned sleepers_ = 0;
  Blocks free_;
};

// Each thread keeps a few blocks. What becomes of them when it ends, and when its pool has ended?
enum class End { given_back, lost, given_to_any };
template <End end>
class Caching {
 public:
  static constexpr bool may_fail = true;

  Caching(void* memory, std::size_t blocks, std::size_t size)
      : free_(all_blocks(memory, blocks, size)) {
    const std::lock_guard lock(mutex_of_all);
    number_ = ++pools;
    now = this;
  }
  ~Caching() {
    const std::lock_guard lock(mutex_of_all);
    now = nullptr;
  }
  void* alloc() {
    Blocks& mine = cache();
    if (mine.empty()) refill(mine);
    if (mine.empty()) return nullptr;
    void* block = mine.back();
    mine.pop_back();
    return block;
  }
  void free(void* block) {
    Blocks& mine = cache();
    mine.push_back(block);
    if (mine.size() > 4) give_back(mine, 2);
  }
  std::size_t alloc_many(std::span<void*> blocks) {
    std::size_t count = 0;
    while (count != blocks.size() && (blocks[count] = alloc()) != nullptr) ++count;
    return count;
  }
  void free_many(std::span<void* const> blocks) {
    for (void* block : blocks) free(block);
  }

 private:
  struct Cache {
    unsigned pool = 0;
    Blocks blocks;
    ~Cache() {
      const std::lock_guard lock(mutex_of_all);
      if (end == End::lost || now == nullptr) return;
      if (end == End::given_back && now->number_ != pool) return;  // its pool has ended
      now->give_back(blocks, 0);
    }
  };
  Blocks& cache() {
    static thread_local Cache mine;
    if (mine.pool != number_) mine.blocks.clear();
    mine.pool = number_;
    return mine.blocks;
  }
  void refill(Blocks& mine) {
    const std::lock_guard lock(mutex_);
    for (int i = 0; i != 2 && !free_.empty(); ++i) {
      mine.push_back(free_.back());
      free_.pop_back();
    }
  }
  // All but so many.
  void give_back(Blocks& mine, std::size_t kept) {
    const std::lock_guard lock(mutex_);
    for (; mine.size() > kept; mine.pop_back()) free_.push_back(mine.back());
  }

  static inline std::mutex mutex_of_all;
  static inline Caching* now = nullptr;  // one pool at a time
  static inline unsigned pools = 0;
  unsigned number_;
  std::mutex mutex_;
  Blocks free_;
};

template <template <class> class Atom>
using Awake = Waiting<Atom, true>;
template <template <class> class Atom>
using Asleep = Waiting<Atom, false>;

static const auto blocking =
    poolproof::add_black_box<Blocking<true>>("blocking", "waits for a free");
static const auto blocking_lost =
    poolproof::add_black_box<Blocking<false>>("blocking_lost", "loses a wake-up", {.sound = false});
static const auto waiting = poolproof::add_subject<Awake>("waiting", "waits for a free");
static const auto waiting_lost =
    poolproof::add_subject<Asleep>("waiting_lost", "loses a wake-up", {.sound = false});
static const auto caching =
    poolproof::add_black_box<Caching<End::given_back>>("caching", "a cache for each thread");
static const auto caching_lost = poolproof::add_black_box<Caching<End::lost>>(
    "caching_lost", "a thread's cache goes with it", {.sound = false});
static const auto caching_dangles = poolproof::add_black_box<Caching<End::given_to_any>>(
    "caching_dangles", "gives blocks back to a pool that has ended", {.sound = false});
