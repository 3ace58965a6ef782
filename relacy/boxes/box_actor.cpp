// The actor of a black box, who has each of its calls checked by the ledger.
#include <cstdio>
#include <utility>

#include "box_run.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

namespace {

// Stands in each function that a step of a scenario calls: leaves the program, and enters it again
// at the end.
class FromStep {
 public:
  [[gnu::always_inline]] FromStep() noexcept {
    Program::current->stack_ends_at(__builtin_frame_address(0));
  }

 private:
  Outside outside_;
};

void note(const char* what) {
  if (model_is_traced()) Program::current->says(what);
}
void note(const char* what, const void* block) {
  if (!model_is_traced()) return;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), block == nullptr ? "%s none" : "%s %p", what, block);
  Program::current->says(text.data());
}

}  // namespace

void* BoxRunActor::run(void* actor) {
  inside = false;
  static_cast<BoxRunActor*>(actor)->act();
  return nullptr;
}

void BoxRunActor::act() {
  const BoxPlan& plan = world_.plan;
  while (done_ != plan.scope.rounds) {
    ++done_;
    in_box([&] { plan.scenario->step(*this); });
    if (!std::exchange(ends_, false)) continue;
    flush();
    successor_ = Program::current->create(run, this, nullptr);
    return;
  }
  if (world_.pool.waits) {
    free_all();
    world_.waits(1, 0);
    empty_bucket();
  }
  flush();
  if (!plan.scenario->info->ends_pools || index_ == 0) return;
  Program::current->count_up(address(&world_.rested), nullptr);
  Program::current->count_down(address(&world_.renewed), false, false, nullptr);
}

void BoxRunActor::free_all() {
  while (held_ != 0) give(remove(0));
}
void BoxRunActor::empty_bucket() {
  if (void* block = swap_bucket(nullptr)) give(block);
}
void BoxRunActor::flush() {
  if (world_.pool.flush == nullptr) return;
  model_goes_on();
  note("flush");
  in_box(world_.pool.flush);
  model_goes_on();
}

void BoxRunActor::begin_call() const { model_begins_call(Program::current->self()); }
// May an alloc miss a block because a plain store freed it?
bool BoxRunActor::is_excused() const {
  return !world_.pool.must_succeed && model_missed_store(Program::current->self());
}
// So many free blocks the call need not have found.
unsigned BoxRunActor::excused() const {
  if (world_.pool.may_fail || is_excused()) return BoxLedger::most_blocks;
  if (world_.pool.most_kept == nullptr) return 0;
  return static_cast<unsigned>(in_box(world_.pool.most_kept)) * world_.plan.threads();
}

void BoxRunActor::got(void* block) {
  note("got", block);
  require(world_.has(block), "range", "a block does not lie in the pool's memory");
  Program::current->owner_writes(address(block), box_block_size);
  world_.ledger.acquire(block, index_);
}
void BoxRunActor::give_up(void* block) {
  note("free", block);
  Program::current->fine_step();
  Program::current->owner_writes(address(block), box_block_size);
  world_.ledger.release(block, index_);
}

void* BoxRunActor::take_block() {
  const BoxPool& pool = world_.pool;
  if (pool.waits && world_.would_wait_for_ever(held_)) return nullptr;
  world_.waits(1, held_);
  world_.ledger.begin_alloc(index_);
  begin_call();
  const bool by_size = pool.alloc_bytes != nullptr;
  const std::size_t bytes = by_size && Program::current->choose(2) == 1 ? 1 : BoxLedger::block_size;
  note("alloc");
  void* const block =
      by_size ? in_box([&] { return pool.alloc_bytes(bytes); }) : in_box(pool.alloc);
  world_.waits(-1, held_);
  require(!pool.waits || block != nullptr, "must_succeed",
          "an alloc that waits came back without a block");
  world_.ledger.end_alloc(index_, block != nullptr, 1, excused());
  world_.look_at_red_zones();
  if (block != nullptr) got(block);
  return block;
}
void* BoxRunActor::checked_alloc() {
  void* const block = take_block();
  require(block != nullptr || !world_.must_succeed || is_excused(), "must_succeed",
          "an alloc failed although the quotas leave it a block");
  return block;
}
void BoxRunActor::give(void* block) {
  give_up(block);
  begin_call();
  in_box([&] { world_.pool.free(block); });
  world_.ledger.freed(block, index_);
  world_.look_at_red_zones();
}

void* BoxRunActor::alloc() {
  const FromStep here;
  return checked_alloc();
}
void BoxRunActor::free(void* block) {
  const FromStep here;
  give(block);
}
void BoxRunActor::alloc_many(std::uint32_t n) {
  const FromStep here;
  require(n <= most_held - held_, "scenario", "the scenario asks for more than it may keep");
  const BoxPool& pool = world_.pool;
  if (pool.waits || pool.alloc_many == nullptr) {
    for (; n != 0; --n) {
      void* const block = checked_alloc();
      if (block == nullptr) return;
      keep(block);
    }
    return;
  }
  world_.ledger.begin_alloc(index_, n);
  begin_call();
  note("alloc_many");
  const std::size_t count = in_box([&] { return pool.alloc_many(many_.data(), n); });
  const unsigned missing = excused();
  require(count <= n, "range", "alloc_many gave more blocks than were asked for");
  for (std::size_t i = 0; i != count; ++i) {
    got(many_[i]);
    keep(many_[i]);
  }
  world_.ledger.end_alloc(index_, count == n, n, missing);
  world_.look_at_red_zones();
  require(count == n || !world_.must_succeed || is_excused(), "must_succeed",
          "an alloc failed although the quotas leave it a block");
}
void BoxRunActor::free_many(std::uint32_t n) {
  const FromStep here;
  require(n <= held_, "scenario", "the scenario frees more than it has");
  if (world_.pool.free_many == nullptr) {
    for (; n != 0; --n) give(remove(held_ - 1));
    return;
  }
  for (std::uint32_t i = 0; i != n; ++i) give_up(many_[i] = remove(held_ - 1));
  begin_call();
  in_box([&] { world_.pool.free_many(many_.data(), n); });
  for (std::uint32_t i = 0; i != n; ++i) world_.ledger.freed(many_[i], index_);
  world_.look_at_red_zones();
}

// The engine has one more actor for the thread that goes on.
void BoxRunActor::may_end_thread() {
  const FromStep here;
  if (index_ == 1 && successor_ == 0) ends_ = Program::current->choose(2) == 1;
}
std::uint32_t BoxRunActor::random(std::uint32_t n) {
  const FromStep here;
  return n < 2 ? 0 : Program::current->choose(n);
}
void BoxRunActor::expect(bool ok, const char* oracle, const char* message) {
  const FromStep here;
  require(ok, oracle, message);
}

void BoxRunActor::keep(void* block) {
  require(held_ != world_.quota && held_ != most_held, "scenario",
          "the scenario holds more than its quota");
  blocks_[held_++] = block;
  world_.keeps(1);
}
void* BoxRunActor::remove(std::uint32_t i) {
  world_.keeps(-1);
  void* const block = blocks_[i];
  blocks_[i] = blocks_[--held_];
  return block;
}
void BoxRunActor::hold(void* block) {
  const FromStep here;
  keep(block);
}
void* BoxRunActor::take(std::uint32_t i) {
  const FromStep here;
  return remove(i);
}
void* BoxRunActor::take_oldest() {
  const FromStep here;
  world_.keeps(-1);
  void* const block = blocks_[0];
  --held_;
  for (unsigned i = 0; i != held_; ++i) blocks_[i] = blocks_[i + 1];
  return block;
}

void* BoxRunActor::swap(std::uint32_t, void* block) {
  const FromStep here;
  return swap_bucket(block);
}
void* BoxRunActor::swap_bucket(void* block) {
  if (block != nullptr) world_.ledger.pass(block, index_, BoxLedger::bucket);
  if (block != nullptr) world_.keeps(1);
  // Releases the block, and acquires the one that was there.
  const Word before =
      Program::current->update(address(&world_.bucket), sizeof(void*), Update::exchange,
                               address(block), std::memory_order_acq_rel, nullptr);
  void* const previous = reinterpret_cast<void*>(static_cast<std::uintptr_t>(before));
  if (previous != nullptr) world_.keeps(-1);
  if (previous != nullptr) world_.ledger.pass(previous, BoxLedger::bucket, index_);
  return previous;
}

}  // namespace poolproof
