// The interface between a program of black boxes and the library that checks it. The program's
// side is compiled by poolproof-c++'s way, so that what the black boxes do is seen; the library's
// side, which has the books and the oracles, is not.
#pragma once

#include <cstddef>
#include <cstdint>

#include "scenarios/scenario.hpp"

namespace poolproof {

// The actor of a scenario, as its step sees it: a BlockActor.
class BoxActor {
 public:
  virtual void* alloc() = 0;
  virtual void free(void* block) = 0;
  virtual void alloc_many(std::uint32_t n) = 0;
  virtual void free_many(std::uint32_t n) = 0;
  virtual void may_end_thread() = 0;
  virtual std::uint32_t random(std::uint32_t n) = 0;
  virtual void expect(bool ok, const char* oracle, const char* message) = 0;
  virtual std::uint32_t held() = 0;
  virtual std::uint32_t quota() = 0;
  virtual void hold(void* block) = 0;
  virtual void* take(std::uint32_t i) = 0;
  virtual void* take_oldest() = 0;
  virtual std::uint32_t bucket_slots() = 0;
  virtual void* swap(std::uint32_t slot, void* block) = 0;

 protected:
  ~BoxActor() = default;
};

// The one pool of a black box, in memory of the program's: what it promises, and its functions.
// Null: it has no such function.
struct BoxPool {
  bool on_memory = true;  // do its blocks lie in memory of the harness?
  bool bounded = true;    // has it a certain number of them?
  bool may_fail = false;
  bool must_succeed = false;  // even if it has not seen a plain store that freed a block
  bool waits = false;
  void (*make)(void* memory, std::size_t blocks, std::size_t block_size) = nullptr;
  void (*destroy)() = nullptr;
  void* (*alloc)() = nullptr;
  void* (*alloc_bytes)(std::size_t bytes) = nullptr;
  void (*free)(void* block) = nullptr;
  std::size_t (*alloc_many)(void** blocks, std::size_t count) = nullptr;
  void (*free_many)(void* const* blocks, std::size_t count) = nullptr;
  std::size_t (*most_kept)() = nullptr;
  void (*flush)() = nullptr;
  const char* (*violation)() = nullptr;
};

struct BoxScenario {
  const ScenarioInfo* info;
  void (*step)(BoxActor& me);
};

// A black box and its scenarios. It lives as long as the program, and is in a list of all.
struct Box {
  const char* name;
  BoxPool pool;
  const BoxScenario* scenarios;
  std::size_t scenario_count;
  std::byte* memory;  // for its blocks, with red zones
  Box* next = nullptr;
};

// Bytes of a block, and most blocks; what memory has in all.
inline constexpr std::size_t box_block_size = 16;
inline constexpr std::size_t box_most_blocks = 8;
inline constexpr std::size_t box_red_zone = 64;
inline constexpr std::size_t box_memory_bytes = box_most_blocks * box_block_size + 2 * box_red_zone;

}  // namespace poolproof

// Of the library. Before main: box joins the list.
extern "C" void poolproof_box_add(poolproof::Box* box);
// The program's main when it is not checked: says what the program is for, and returns an exit
// status.
extern "C" int poolproof_box_main();
