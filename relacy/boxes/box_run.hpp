// BoxRun: one execution of a black box under a scenario: its actors, and the oracles at rest. It
// stands outside of what is checked: the black box's calls alone are inside.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "box_program.hpp"
#include "relacy/models/block_ledger.hpp"
#include "relacy/unchanged/memory/inside.hpp"

namespace poolproof {

// Of a black box without a bound, four actors may keep four blocks each and have another in hand,
// the bucket has one, and four are being freed.
using BoxLedger = BlockLedgerOf<28>;
static_assert(box_block_size == BoxLedger::block_size && box_most_blocks == Scope::most_blocks);

// A call of what is checked.
template <class Call>
auto in_box(Call call) {
  inside = true;
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    inside = false;
  } else {
    const auto result = call();
    inside = false;
    return result;
  }
}

// What all actors share, unseen by the engine.
struct BoxWorld {
  explicit BoxWorld(const BoxPlan& plan, bool scarce);

  bool would_wait_for_ever(unsigned held) const noexcept;
  // Of an alloc that waits, or an actor that is done: begins (1) or ends (-1), with so many blocks.
  void waits(int actors, unsigned held) noexcept;
  // Actors, or the bucket, keep so many more blocks.
  void keeps(int blocks) noexcept;
  void look_at_red_zones() const;
  // Can it be a block?
  bool has(const void* block) const noexcept;

  const BoxPlan& plan;
  const BoxPool& pool;
  unsigned quota;
  bool must_succeed;
  BoxLedger ledger;
  std::uint64_t bucket = 0;  // an atomic
  char rested = 0;           // the address of a semaphore: actors that wait for a new pool
  char renewed = 0;          // likewise: who may go on
  unsigned waiting = 0;      // see WaitBook
  unsigned kept_inside = 0;
  unsigned kept = 0;
};

class BoxRunActor final : public BoxActor {
 public:
  static constexpr unsigned most_held = 4;

  BoxRunActor(BoxWorld& world, unsigned index) noexcept : world_(world), index_(index) {}

  // Its part in the scenario; called by its thread. The number of the thread that goes on for it,
  // once it has ended; 0: none does.
  void act();
  unsigned successor() const noexcept { return successor_; }
  // At rest.
  void free_all();
  void empty_bucket();
  void flush();
  void* take_block();  // as alloc, and it may fail
  void give(void* block);

  void* alloc() override;
  void free(void* block) override;
  void alloc_many(std::uint32_t n) override;
  void free_many(std::uint32_t n) override;
  void may_end_thread() override;
  std::uint32_t random(std::uint32_t n) override;
  void expect(bool ok, const char* oracle, const char* message) override;
  std::uint32_t held() override { return held_; }
  std::uint32_t quota() override { return world_.quota; }
  void hold(void* block) override;
  void* take(std::uint32_t i) override;
  void* take_oldest() override;
  std::uint32_t bucket_slots() override { return 1; }
  void* swap(std::uint32_t slot, void* block) override;

 private:
  static void* run(void* actor);
  void* checked_alloc();
  void got(void* block);
  void give_up(void* block);
  void* swap_bucket(void* block);
  void keep(void* block);
  void* remove(std::uint32_t i);
  void begin_call() const;
  unsigned excused() const;
  bool is_excused() const;

  BoxWorld& world_;
  const unsigned index_;
  unsigned done_ = 0;  // rounds
  unsigned held_ = 0;
  unsigned successor_ = 0;
  bool ends_ = false;  // its thread, with this step
  std::array<void*, most_held> blocks_{};
  std::array<void*, most_held> many_{};  // of a call
  friend class BoxRun;
};

class BoxRun {
 public:
  explicit BoxRun(const BoxPlan& plan, bool scarce);

  void run();
  void describe(Names& names) const;

 private:
  void make();
  void join(std::array<unsigned, Scope::most_actors>& threads);
  void conserve(bool alone);

  BoxWorld world_;
  std::array<BoxRunActor, Scope::most_actors> actors_;
};

}  // namespace poolproof
