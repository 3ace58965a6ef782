// Free lists whose links lie in the free blocks themselves, as most do. An Atom is as large as what
// it holds, so they fit; that the next owner writes over them is no matter.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

// Links are numbers of blocks, and the head has a counter beside them, unless Tagged is false: then
// it has the ABA problem. Begun: is a link constructed in each free block, or is the memory used as
// it is found, as in C?
template <template <class> class Atom, bool Tagged, bool Begun>
class LinkedBlocks {
  using Link = Atom<std::uint32_t>;
  static_assert(sizeof(Link) == sizeof(std::uint32_t) && alignof(Link) == alignof(std::uint32_t));

 public:
  static constexpr bool may_fail = true;  // a stale load of head_ may show none

  LinkedBlocks(void* memory, std::size_t blocks, std::size_t size)
      : memory_(static_cast<std::byte*>(memory)), size_(size) {
    for (std::size_t i = 0; i != blocks; ++i) free(memory_ + i * size_);
  }
  void* alloc() {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    while (number(head) != 0) {
      const std::uint64_t next = link(head)->load(std::memory_order_relaxed);
      const std::uint64_t counter = Tagged ? (head >> 32) + 1 : 0;
      if (head_.compare_exchange_weak(head, counter << 32 | next, std::memory_order_acquire)) {
        return link(head);
      }
    }
    return nullptr;
  }
  void free(void* block) {
    Link* const mine = Begun ? new (block) Link(0) : static_cast<Link*>(block);
    const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(block) - memory_);
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    do {
      mine->store(number(head), std::memory_order_relaxed);
    } while (!head_.compare_exchange_weak(head, head >> 32 << 32 | (offset / size_ + 1),
                                          std::memory_order_release, std::memory_order_relaxed));
  }

 private:
  static std::uint32_t number(std::uint64_t head) { return static_cast<std::uint32_t>(head); }
  Link* link(std::uint64_t head) {
    return reinterpret_cast<Link*>(memory_ + (number(head) - 1) * size_);
  }

  std::byte* memory_;
  std::size_t size_;
  Atom<std::uint64_t> head_{0};
};

template <template <class> class Atom>
using Tagged = LinkedBlocks<Atom, true, true>;
template <template <class> class Atom>
using AsFound = LinkedBlocks<Atom, true, false>;
template <template <class> class Atom>
using Untagged = LinkedBlocks<Atom, false, true>;

static const auto tagged = poolproof::add_subject<Tagged>("tagged", "links in the blocks");
static const auto as_found = poolproof::add_subject<AsFound>("as_found", "and not constructed");
static const auto untagged =
    poolproof::add_subject<Untagged>("untagged", "no counter: ABA", {.sound = false});
