// HookBackend: StdBackend, in which a test can stop an operation just before a chosen access and
// run other operations there, on the same thread: an interleaving, exactly as written. What runs
// inside the hook is not hooked itself, unless it sets a hook of its own.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <utility>

#include "../std_backend.hpp"
#include "test_base.hpp"

namespace poolproof::test {

// word: the 64-bit word of a pool's lists, or of what is fresh. link: the 32-bit link of a block.
enum class Access { word_load, word_add, word_cas, link_load, link_store, link_cas, any };

struct HookBackend : StdBackend {
  using Action = std::function<void()>;

  // Before the nth access of that kind from now on (counted from 1), once: action.
  static void before(Access access, int nth, Action action) {
    access_ = access;
    left_ = nth;
    action_ = std::move(action);
  }
  static void before(Access access, Action action) { before(access, 1, std::move(action)); }
  // Takes the hook away; answers whether it had not run yet.
  static bool clear() { return std::exchange(action_, nullptr) != nullptr; }

  static void note(Event event) noexcept { ++events[static_cast<std::size_t>(event)]; }
  static int count(Event event) { return events[static_cast<std::size_t>(event)]; }
  static void reset() {
    clear();
    events = {};
  }

  template <class T>
  class atomic {
    static constexpr bool word = sizeof(T) == 8;

   public:
    atomic(T value) noexcept : value_(value) {}

    T load(std::memory_order order) const noexcept {
      reach(word ? Access::word_load : Access::link_load);
      return value_.load(order);
    }
    void store(T value, std::memory_order order) noexcept {
      if (!word) reach(Access::link_store);
      value_.store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept { return value_.exchange(value, order); }
    T fetch_add(T value, std::memory_order order) noexcept {
      reach(Access::word_add);
      return value_.fetch_add(value, order);
    }
    T fetch_sub(T value, std::memory_order order) noexcept {
      reach(Access::word_add);
      return value_.fetch_sub(value, order);
    }
    // Never fails spuriously, so that a test knows which attempt it is in.
    bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                               std::memory_order failure) noexcept {
      return compare_exchange_strong(expected, value, success, failure);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                                 std::memory_order failure) noexcept {
      reach(word ? Access::word_cas : Access::link_cas);
      return value_.compare_exchange_strong(expected, value, success, failure);
    }

   private:
    std::atomic<T> value_;
  };

 private:
  static void reach(Access access) {
    if (action_ == nullptr || (access_ != Access::any && access_ != access) || --left_ != 0) return;
    std::exchange(action_, nullptr)();
  }

  static inline Access access_ = Access::any;
  static inline int left_ = 0;
  static inline Action action_;
  static inline std::array<int, event_kinds> events{};
};
static_assert(Backend<HookBackend>);

// A hooked pool of exactly count blocks, all of them taken: blocks[0] is the first one.
template <class Pool>
struct HookedPool {
  explicit HookedPool(std::size_t count)
      : buffer(Pool::buffer_bytes(count, 64, 64)), pool(buffer.data(), buffer.size(), 64, 64) {
    HookBackend::reset();
    blocks = drain(pool);
    EXPECT_EQ(blocks.size(), count);
  }
  ~HookedPool() { HookBackend::reset(); }

  void* operator[](std::size_t i) const { return blocks[i]; }

  GuardedBuffer buffer;
  Pool pool;
  std::vector<void*> blocks;
};

// An alloc reads the top y and the next x, and is stopped before its CAS. Meanwhile both are taken
// and y comes back, on top as before, but without x below it. Is a block handed out twice?
template <class Pool>
bool aba_hands_out_a_block_twice() {
  HookedPool<Pool> p(3);
  for (int i = 0; i != 3; ++i) p.pool.free_block(p[static_cast<std::size_t>(i)]);
  void* z = p.pool.alloc_block();  // the deferred pool now has y, x in its active list
  std::vector<void*> held;
  HookBackend::before(Access::word_cas, [&] {
    void* y = p.pool.alloc_block();
    held.push_back(p.pool.alloc_block());  // x
    p.pool.free_block(y);
    p.pool.free_block(z);
    held.push_back(p.pool.alloc_block());  // z
  });
  held.push_back(p.pool.alloc_block());
  EXPECT_FALSE(HookBackend::clear());
  for (void* more : drain(p.pool, 3)) held.push_back(more);
  std::sort(held.begin(), held.end(), std::less<>());
  return std::adjacent_find(held.begin(), held.end()) != held.end();
}

// Three actors on a pool of three blocks, nested: a's access number i is interrupted by b, whose
// access number j is interrupted by c; for all i and j. Answers in how many of these executions a
// block had two owners, was lost, or could not be had.
template <class Pool>
class NestedActors {
 public:
  static constexpr int most_accesses = 16;

  int executions = 0;
  int bad = 0;

  // Each actor is a word of a (alloc) and f (free the block that this actor took last, if any), A
  // (alloc two in one call) and F (free all that it took in one call).
  // taken: how many blocks are in use, by nobody of these, when it starts.
  void run(const std::string& a, const std::string& b, const std::string& c, std::size_t taken) {
    for (int i = 1; i != most_accesses; ++i) {
      for (int j = 1; j != most_accesses; ++j) bad += run_one({a, b, c}, {i, j}, taken) ? 0 : 1;
    }
  }

 private:
  bool run_one(const std::array<std::string, 3>& actors, const std::array<int, 2>& at,
               std::size_t taken) {
    ++executions;
    HookedPool<Pool> p(3);
    for (std::size_t i = taken; i != 3; ++i) p.pool.free_block(p[i]);
    std::vector<void*> held(p.blocks.begin(), p.blocks.begin() + static_cast<int>(taken));
    bool sound = true;
    std::function<void(std::size_t)> act = [&](std::size_t actor) {
      if (actor != 2) HookBackend::before(Access::any, at[actor], [&, actor] { act(actor + 1); });
      std::vector<void*> mine;
      const auto take = [&](void* block) {
        if (block == nullptr) return;
        sound = sound && std::find(held.begin(), held.end(), block) == held.end();
        held.push_back(block);
        mine.push_back(block);
      };
      for (const char step : actors[actor]) {
        if (step == 'a') take(p.pool.alloc_block());
        if (step == 'A') {
          std::array<void*, 2> two{};
          for (std::size_t n = p.pool.alloc_many(two); n != 0; --n) take(two[n - 1]);
        }
        if (step == 'f' && !mine.empty()) {
          held.erase(std::find(held.begin(), held.end(), mine.back()));
          p.pool.free_block(mine.back());
          mine.pop_back();
        }
        if (step == 'F') {
          for (void* block : mine) held.erase(std::find(held.begin(), held.end(), block));
          p.pool.free_many(std::exchange(mine, {}));
        }
      }
    };
    act(0);
    HookBackend::clear();
    return sound && every_block_once(p.pool, held);
  }

  static bool every_block_once(Pool& pool, std::vector<void*> held) {
    for (void* block : drain(pool, 4)) held.push_back(block);
    std::sort(held.begin(), held.end(), std::less<>());
    return held.size() == 3 && std::adjacent_find(held.begin(), held.end()) == held.end();
  }
};

// Every actor of a few, against every two others.
template <class Pool>
NestedActors<Pool> run_nested_actors(const std::vector<std::string>& actors = {"a", "af", "aa",
                                                                               "aafa", "afaf"}) {
  NestedActors<Pool> all;
  for (const auto& a : actors) {
    for (const auto& b : actors) {
      for (const auto& c : actors) {
        for (const std::size_t taken : Sizes{0, 1}) all.run(a, b, c, taken);
      }
    }
  }
  return all;
}

}  // namespace poolproof::test
