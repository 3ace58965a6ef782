// ProgramHeap: the blocks that a program allocates. Each actor has a part of its own, at an address
// that is the same in every process, so that addresses depend on the actor's own calls alone. When
// freed memory is used again is a choice of the search: allocators differ in that. Blocks from
// before main lie in a part of their own and are put back before each execution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "relacy/adapter/atomics/weak_memory.hpp"

namespace poolproof {

struct HeapBlock {
  std::uintptr_t start = 0;
  std::size_t size = 0;
  bool live = false;
  const void* made = nullptr;   // the code that allocated it
  const void* freed = nullptr;  // and freed it
  SyncClock free_clock;         // whoever gets the memory next has heard of that

  bool has(std::uintptr_t at) const noexcept { return at - start < size; }
};

class ProgramHeap {
 public:
  static constexpr std::uintptr_t start = 0x100000000000;
  static constexpr std::size_t part_bytes = 16 << 20;
  static constexpr unsigned before_main = ModelTest::most_actors;  // the part of blocks from there

  static bool is_here(std::uintptr_t at) noexcept {
    return at - start < (before_main + 1) * part_bytes;
  }

  ProgramHeap();

  // Before main.
  void* allocate_early(std::size_t size, std::size_t align) noexcept;
  void keep_early();  // those are the blocks that every execution begins with

  void restart();
  // New memory of an actor's. Null: its part is full.
  HeapBlock* allocate(unsigned actor, std::size_t size, std::size_t align, const void* code);
  // The block that was freed last of those that would do; null where there is none.
  HeapBlock* reusable(std::size_t size, std::size_t align) noexcept;
  HeapBlock& reuse(HeapBlock& old, const void* code);
  void free(HeapBlock& block, const void* code) noexcept;
  // The block that lies or has last lain there, the 16 bytes behind it included; null: none.
  HeapBlock* find(std::uintptr_t at) noexcept;
  // From 1, as the trace names them.
  std::size_t number(const HeapBlock& block) const noexcept;

  std::size_t size() const noexcept { return used_; }
  HeapBlock& operator[](std::size_t i) noexcept { return *blocks_[i]; }

 private:
  static constexpr std::size_t granule = 16;

  HeapBlock& add(std::uintptr_t at, std::size_t size, const void* code);
  void own(const HeapBlock& block, std::uint32_t number) noexcept;
  std::uintptr_t take(unsigned part, std::size_t size, std::size_t align) noexcept;

  std::uint32_t* owners_;  // of each granule, the number of the block; 0: none
  std::uintptr_t tops_[before_main + 1] = {};
  std::vector<std::unique_ptr<HeapBlock>> blocks_;
  std::size_t used_ = 0;
  std::vector<std::size_t> dead_;  // numbers of freed blocks, in their order
  std::size_t early_blocks_ = 0;
  std::uintptr_t early_top_ = 0;
  std::vector<char> early_bytes_;
};

}  // namespace poolproof
