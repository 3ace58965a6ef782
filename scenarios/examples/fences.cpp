// Code that came through an Atom, with plain links and fences: poolproof::var and poolproof::fence,
// or std::atomic_thread_fence as it is, show them to the model check. One takes the whole list and
// walks it alone, so that no plain link has two users at a time; its fences pass it on. Beside it
// stand what goes wrong without one of them; and a list whose late pops read links that have new
// owners, which is a race whatever the fences.
#include <poolproof/atom_code.hpp>
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

enum class Fences { poolproof, standard, no_acquire, no_release };

struct Node {
  alignas(16) std::byte block[256];
  poolproof::var<Node*> next;
};

// A fence that a broken sibling leaves out.
template <Fences fences>
void fence(std::memory_order order) {
  if (fences == (order == acquire ? Fences::no_acquire : Fences::no_release)) return;
  if (fences == Fences::standard) {
    std::atomic_thread_fence(order);
  } else {
    poolproof::fence(order);
  }
}

// alloc takes all there is, keeps the first and puts the others back.
template <template <class> class Atom, Fences fences>
class TakeAll {
 public:
  static constexpr bool may_fail = true;  // while another thread holds the list

  TakeAll(std::size_t blocks, std::size_t) : nodes_(new Node[blocks]) {
    for (std::size_t i = 0; i != blocks; ++i) free(nodes_[i].block);
  }
  void* alloc() {
    Node* const taken = top_.exchange(nullptr, relaxed);
    if (taken == nullptr) return nullptr;
    fence<fences>(acquire);
    if (Node* const rest = taken->next) {
      Node* last = rest;
      while (Node* const next = last->next) last = next;
      push(rest, last);
    }
    return taken->block;
  }
  void free(void* block) {
    auto* const node = static_cast<Node*>(block);
    push(node, node);
  }
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("top", top_);
  }

 private:
  void push(Node* first, Node* last) {
    Node* top = top_.load(relaxed);
    do {
      last->next = top;
      fence<fences>(release);
    } while (!top_.compare_exchange_weak(top, first, relaxed));
  }

  std::unique_ptr<Node[]> nodes_;
  Atom<Node*> top_{nullptr};
};

template <template <class> class Atom>
using TakesAll = TakeAll<Atom, Fences::poolproof>;
template <template <class> class Atom>
using StandardFences = TakeAll<Atom, Fences::standard>;
template <template <class> class Atom>
using NoAcquire = TakeAll<Atom, Fences::no_acquire>;
template <template <class> class Atom>
using NoRelease = TakeAll<Atom, Fences::no_release>;

// A free list with a tag: the CAS of a late pop fails, but its look at the link was a race.
template <template <class> class Atom>
class LatePop {
  static constexpr std::uint32_t nil = 0xffff'ffff;

 public:
  static constexpr bool may_fail = true;

  LatePop(std::size_t blocks, std::size_t) : nodes_(new Cell[blocks]) {
    for (std::size_t i = 0; i != blocks; ++i) free(nodes_[i].block);
  }
  void* alloc() {
    std::uint64_t old = head_.load(relaxed);
    for (;;) {
      const auto index = static_cast<std::uint32_t>(old);
      if (index == nil) return nullptr;
      poolproof::fence(acquire);
      const std::uint32_t next = nodes_[index].next;
      if (head_.compare_exchange_weak(old, tagged(old, next), acquire, relaxed)) {
        return nodes_[index].block;
      }
    }
  }
  void free(void* block) {
    Cell* const cell = static_cast<Cell*>(block);
    std::uint64_t old = head_.load(relaxed);
    do {
      cell->next = static_cast<std::uint32_t>(old);
    } while (!head_.compare_exchange_weak(
        old, tagged(old, static_cast<std::uint32_t>(cell - nodes_.get())), release, relaxed));
  }

 private:
  struct Cell {
    alignas(16) std::byte block[256];
    poolproof::var<std::uint32_t> next;
  };
  static std::uint64_t tagged(std::uint64_t old, std::uint32_t index) {
    return ((old >> 32) + 1) << 32 | index;
  }
  std::unique_ptr<Cell[]> nodes_;
  Atom<std::uint64_t> head_{nil};
};

const auto takes_all = poolproof::add_subject<TakesAll>("takes_all", "fences pass the list on");
const auto standard = poolproof::add_subject<StandardFences>("standard", "by fences of std");
const auto no_acquire =
    poolproof::add_subject<NoAcquire>("no_acquire", "a fence is left out", {.sound = false});
const auto no_release =
    poolproof::add_subject<NoRelease>("no_release", "a fence is left out", {.sound = false});
const auto late_pop =
    poolproof::add_subject<LatePop>("late_pop", "plain links have two users", {.sound = false});

}  // namespace
