// Shadow: what is known of each byte that a program accesses: who has read and written it as plain
// memory, when, and which atomics lie there. Two accesses race if one of them writes, one of them
// is plain, and neither actor has heard of the other's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "generations.hpp"
#include "relacy/adapter/atomics/weak_memory.hpp"

namespace poolproof {

enum class Use : std::uint8_t { read, write, atomic_read, atomic_write };

// An atomic of that address and size.
struct AtomicRecord {
  std::uintptr_t at = 0;
  unsigned size = 0;
  std::uint32_t object = 0;  // as Access has it
  WeakAtomic weak;
  bool written = false;  // by an atomic operation
  // A plain store has become its newest one, and what memory holds is that store's value.
  bool plain_store = false;
  AtomicRecord* next = nullptr;  // in the same 8 bytes

  bool overlaps(std::uintptr_t from, std::size_t bytes) const noexcept {
    return at < from + bytes && from < at + size;
  }
};

// A race: what the other has done.
struct RaceWith {
  Use use = Use::read;
  unsigned actor = 0;
  const void* code = nullptr;
  std::uint32_t when = 0;
};

// Of 8 bytes.
class ShadowCell {
 public:
  void restart() noexcept {
    spans_ = 0;
    atomics = nullptr;
  }
  void forget_uses() noexcept { spans_ = 0; }
  // mask: which of the bytes. when: as the running actor's clock was before the use, which may have
  // heard of others by it. Returns whether that is a race, and with what.
  bool use(std::uint8_t mask, Use use, const void* code, unsigned actors, std::uint32_t when,
           RaceWith& race);

  // Has an actor accessed it as plain memory, that the running one has not heard of?
  bool used_by_others(unsigned actors, RaceWith& race);
  // Has the running actor heard of all that was done to those bytes as atomics?
  bool is_heard_of(std::uint8_t mask, unsigned actors);

  AtomicRecord* atomics = nullptr;

 private:
  static constexpr unsigned most_spans = 4;
  static constexpr unsigned uses = 4;
  using When = std::array<std::uint32_t, ModelTest::most_actors>;  // 0: never
  struct Span {
    std::uint8_t mask;
    std::array<const void*, uses> code;
    std::array<When, uses> when;
  };

  Span& add(std::uint8_t mask, unsigned actors);
  Span& span(unsigned i) noexcept { return i == 0 ? first_ : (*more_)[i - 1]; }

  unsigned spans_ = 0;
  Span first_;  // as a rule there is no other
  std::unique_ptr<std::array<Span, most_spans - 1>> more_;
};

class Shadow {
 public:
  void restart() noexcept;
  ShadowCell* find(std::uintptr_t at) noexcept { return cells_.find(at & ~std::uintptr_t{7}); }
  ShadowCell& cell(std::uintptr_t at) { return cells_.get(at & ~std::uintptr_t{7}); }
  // Null where there is none.
  AtomicRecord* find_atomic(std::uintptr_t at, unsigned size) noexcept;
  // Calls with each atomic that has some of these bytes.
  template <class Call>
  void each_atomic(std::uintptr_t at, std::size_t size, Call call) {
    for (std::uintptr_t cell = first_cell(at); cell < at + size; cell += 8) {
      ShadowCell* const found = find(cell);
      for (AtomicRecord* record = found == nullptr ? nullptr : found->atomics; record != nullptr;
           record = record->next) {
        if (record->overlaps(at, size)) call(*record);
      }
    }
  }
  // Whatever atomics lie in these bytes are no more.
  void drop_atomics(std::uintptr_t at, std::size_t size) noexcept;
  AtomicRecord& add_atomic(std::uintptr_t at, unsigned size, std::uint32_t object, Word value);

  // Calls with each 8 bytes, and which of them belong to the range.
  template <class Call>
  static void each(std::uintptr_t at, std::size_t size, Call call) {
    for (const std::uintptr_t end = at + size; at < end;) {
      const std::uintptr_t cell = at & ~std::uintptr_t{7};
      const std::uintptr_t stop = end < cell + 8 ? end : cell + 8;
      call(cell, static_cast<std::uint8_t>(((1U << (stop - at)) - 1) << (at - cell)));
      at = stop;
    }
  }

 private:
  // The first that an atomic which has the byte may begin in.
  static std::uintptr_t first_cell(std::uintptr_t at) noexcept {
    return at < 8 ? 0 : (at & ~std::uintptr_t{7}) - 8;
  }

  Generations<ShadowCell> cells_;
  std::vector<std::unique_ptr<AtomicRecord>> pool_;
  std::size_t used_ = 0;
};

// Names objects by their addresses, the same in all executions of a process, and, but for rare
// collisions, in all processes.
class ObjectIds {
 public:
  std::uint32_t of(std::uintptr_t at) noexcept;

  // Two that have no address: the threads themselves, and the order of all seq_cst fences.
  static constexpr std::uint32_t threads = 0;
  static constexpr std::uint32_t fences = 1;

 private:
  static constexpr std::uint32_t first_address = 2;

  std::array<std::uintptr_t, Access::most_objects> taken_{};
};

}  // namespace poolproof
