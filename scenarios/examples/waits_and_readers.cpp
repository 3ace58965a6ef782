// Free lists whose code waits for others or reads what they write: a sequence lock, hazard
// pointers, a ring of indices. Each wrong one lacks what makes it right.
#include <poolproof/subject.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto relaxed = std::memory_order_relaxed;

// A ring of the numbers of the free blocks, as a bounded queue: each cell has a sequence number
// that says whose turn it is. Takers and givers wait for each other.
template <template <class> class Atom, bool waits>
class Ring {
 public:
  static constexpr bool may_fail = true;

  Ring(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)),
        size_(size),
        cells_(new Cell[blocks]),
        count_(blocks) {
    for (std::size_t i = 0; i != blocks; ++i) {
      cells_[i].block.store(static_cast<std::uint32_t>(i), relaxed);
      cells_[i].sequence.store(static_cast<std::uint32_t>(i + 1), relaxed);
    }
    put_.store(static_cast<std::uint32_t>(blocks), relaxed);
  }
  void* alloc() {
    for (;;) {
      std::uint32_t turn = get_.load(relaxed);
      if (static_cast<std::int32_t>(put_.load(acquire) - turn) <= 0) return nullptr;
      if (!get_.compare_exchange_weak(turn, turn + 1, relaxed)) continue;
      Cell& cell = cells_[turn % count_];
      while (waits && cell.sequence.load(acquire) != turn + 1) poolproof::pause();
      const std::uint32_t block = cell.block.load(relaxed);
      cell.sequence.store(static_cast<std::uint32_t>(turn + count_), release);
      return memory_ + block * size_;
    }
  }
  void free(void* block) {
    const auto number = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_) / size_;
    const std::uint32_t turn = put_.fetch_add(1, std::memory_order_acq_rel);
    Cell& cell = cells_[turn % count_];
    while (cell.sequence.load(acquire) != turn) poolproof::pause();
    cell.block.store(static_cast<std::uint32_t>(number), relaxed);
    cell.sequence.store(turn + 1, release);
  }

 private:
  struct Cell {
    Atom<std::uint32_t> sequence{0};
    Atom<std::uint32_t> block{0};
  };
  std::byte* memory_;
  std::size_t size_;
  std::unique_ptr<Cell[]> cells_;
  std::size_t count_;
  Atom<std::uint32_t> get_{0};
  Atom<std::uint32_t> put_{0};
};

// A writer makes the sequence odd; readers look again until it is even and the same after as
// before.
template <template <class> class Atom, bool looks_again>
class SequenceLocked {
 public:
  static constexpr bool may_fail = true;

  SequenceLocked(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), size_(size) {
    for (std::size_t i = 0; i != blocks; ++i) free(memory_ + i * size_);
  }
  // A reader that sees the list empty need not become a writer.
  void* alloc() {
    if (top() == 0) return nullptr;
    const std::uint32_t sequence = begin_write();
    const std::uint32_t number = top_.load(relaxed);
    if (number != 0) top_.store(link(number)->load(relaxed), relaxed);
    sequence_.store(sequence + 2, release);
    return number == 0 ? nullptr : link(number);
  }
  void free(void* block) {
    auto* mine = new (block) Atom<std::uint32_t>(0);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    const std::uint32_t sequence = begin_write();
    mine->store(top_.load(relaxed), relaxed);
    top_.store(static_cast<std::uint32_t>(offset / size_ + 1), release);
    sequence_.store(sequence + 2, release);
  }

 private:
  std::uint32_t top() {
    for (;;) {
      const std::uint32_t before = sequence_.load(acquire);
      const std::uint32_t number = top_.load(acquire);
      if (before % 2 == 0 && sequence_.load(relaxed) == before) return number;
    }
  }
  // Wrong: writers do not look whether another is at it.
  std::uint32_t begin_write() {
    for (;;) {
      std::uint32_t sequence = sequence_.load(relaxed);
      if (looks_again && sequence % 2 != 0) continue;
      if (sequence_.compare_exchange_weak(sequence, sequence + 1, acquire, relaxed))
        return sequence;
    }
  }
  Atom<std::uint32_t>* link(std::uint32_t number) {
    return reinterpret_cast<Atom<std::uint32_t>*>(memory_ + (number - 1) * size_);
  }

  std::byte* memory_;
  std::size_t size_;
  Atom<std::uint32_t> sequence_{0};
  Atom<std::uint32_t> top_{0};
};

// A Treiber stack of pointers without a counter: a pop announces the node that it is at, and a free
// block comes back only when nobody is. checks: after it has announced it, a pop looks whether the
// node is still the top.
template <template <class> class Atom, bool checks>
class HazardStack {
 public:
  static constexpr bool may_fail = true;

  HazardStack(void* memory, std::size_t blocks, std::size_t size) {
    for (std::size_t i = 0; i != blocks; ++i) free(static_cast<std::byte*>(memory) + i * size);
  }
  void* alloc() {
    Atom<Node*>& mine = take_hazard();
    Node* top = top_.load();
    for (;;) {
      mine.store(top);
      if (checks && top_.load() != top) {
        top = top_.load();
        continue;
      }
      if (top == nullptr) break;
      if (top_.compare_exchange_strong(top, top->next.load())) break;
    }
    mine.store(nullptr);
    in_use_[static_cast<std::size_t>(&mine - hazards_.data())].store(0);
    if (top != nullptr) top->~Node();
    return top;
  }
  void free(void* block) {
    auto* node = new (block) Node;
    // A pop that is at this node would take its link for that of before.
    for (Atom<Node*>& hazard : hazards_) {
      while (hazard.load() == node) {
      }
    }
    Node* top = top_.load();
    do {
      node->next.store(top);
    } while (!top_.compare_exchange_weak(top, node));
  }

 private:
  struct Node {
    Atom<Node*> next{nullptr};
  };
  static_assert(sizeof(Node) == sizeof(void*));
  Atom<Node*>& take_hazard() {
    for (std::size_t i = 0;; i = (i + 1) % hazards_.size()) {
      if (in_use_[i].load() == 0 && in_use_[i].exchange(1) == 0) return hazards_[i];
    }
  }
  Atom<Node*> top_{nullptr};
  std::array<Atom<Node*>, 4> hazards_;
  std::array<Atom<int>, 4> in_use_;
};

template <template <class> class Atom>
using WaitingRing = Ring<Atom, true>;
template <template <class> class Atom>
using HastyRing = Ring<Atom, false>;
template <template <class> class Atom>
using SeqLock = SequenceLocked<Atom, true>;
template <template <class> class Atom>
using SeqLockLost = SequenceLocked<Atom, false>;
template <template <class> class Atom>
using Hazard = HazardStack<Atom, true>;
template <template <class> class Atom>
using HazardLate = HazardStack<Atom, false>;

static const auto ring = poolproof::add_subject<WaitingRing>("ring", "of indices");
static const auto seqlock = poolproof::add_subject<SeqLock>("seqlock", "readers look twice");
static const auto hazard = poolproof::add_subject<Hazard>("hazard", "pops announce their node");
static const auto hasty_ring = poolproof::add_subject<HastyRing>(
    "hasty_ring", "takes what is not there yet", {.sound = false});
static const auto seqlock_lost =
    poolproof::add_subject<SeqLockLost>("seqlock_lost", "two writers at once", {.sound = false});
static const auto hazard_late =
    poolproof::add_subject<HazardLate>("hazard_late", "announces too late", {.sound = false});
