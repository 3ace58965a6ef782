// The execution of a program: how it begins and ends.
#include "program.hpp"

#include <sys/single_threaded.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>

#include "relacy/engine/state_hash.hpp"
#include "relacy/unchanged/memory/inside.hpp"
#include "unseen_code.hpp"
#include "unseen_libraries.hpp"

namespace poolproof {

ProgramHeap& Program::heap() {
  static ProgramHeap heap;
  return heap;
}
LentThreads& Program::threads() {
  static LentThreads threads;
  return threads;
}

Program::Program(const ProgramStart& start, const Image& image, const ProgramRules& rules)
    : start_(start), image_(image), rules_(rules), places_(image.base()), types_(image.base()) {
  current = this;
}

void Program::before() {
  current = this;
  reads_for_ = nullptr;
  threads().ready();
  heap().restart();
  image_.restore();
  if (rules_.unseen != nullptr) rules_.unseen->restart();
  if (rules_.libraries != nullptr) rules_.libraries->restart();
  // libstdc++ counts references by atomics only where this says so, and the program may have a copy
  // of it, as it was before there were threads.
  __libc_single_threaded = 0;
  shadow_.restart();
  syncs_.forget();
  for (unsigned i = 0; i != rules_.actors; ++i) {
    Actor& actor = actors_[i];
    actor.begun = actor.done = false;
    actor.result = nullptr;
    actor.waits_for = actor.wants = actor.lowest = actor.stack_at = 0;
    actor.lends_stack = false;
    actor.quiet = actor.quiet_turns = 0;
    actor.quiet_changes = Actor::never;
    actor.seen = 0;
    actor.signalled.fill(0);
    actor.changes = 0;
    actor.chances = 0;
    actor.arrivals.fill({});
    actor.next_arrival = 0;
    actor.code = nullptr;
    actor.calls.depth = 0;
    actor.begin.clear();
    actor.end.clear();
    actor.at_end.clear();
    actor.cleanups.clear();
    actor.locals.clear();
    image_.restore(threads().pointer(i));
    // What an earlier execution has left there would make this one differ.
    std::memset(reinterpret_cast<void*>(LentThreads::stack_end(i) - LentThreads::state_bytes), 0,
                LentThreads::state_bytes);
    threads().forget_exceptions(i);
  }
  keys_.clear();
  told_.clear();
  plain_accesses_.clear();
  library_calls_.clear();
  first_of_race_.clear();
  chains_.clear();
  frame_ = 0;
  begun_ = 1;
  counts_ = true;
  clock_ = 0;
  random_ = 1;
  actors_[0].begun = true;
}

void Program::actor(unsigned index) {
  Actor& actor = actors_[index];
  if (!actor.begun) return;
  leaves_libraries();
  threads().lend(index);
  if (!model_is_over()) LentThreads::call_on_stack(index, run, &actor);
  inside = false;
  actor.done = true;
  actor.stack_at = LentThreads::stack_end(index);
  actor.end.release();
  unblock(reinterpret_cast<std::uintptr_t>(&actor));
}

void Program::run(void* of) {
  auto& actor = *static_cast<Actor*>(of);
  Program& all = *current;
  const bool is_main = &actor == all.actors_.data();
  actor.begin.acquire();
  if (_setjmp(actor.exit) == 0) {
    inside = true;
    if (is_main) {
      const int status = all.start_.main(all.start_.argc, all.start_.argv, all.start_.environment);
      inside = false;
      all.stack_now_ = LentThreads::stack_end(0);
      all.exit(status, nullptr);
    }
    actor.result = actor.call(actor.argument);
    inside = false;
  }
  all.stack_now_ = LentThreads::stack_end(all.self());
  all.run_at_end(actor);
}

// Until it returns or its actor leaves.
void Program::call_inside(Actor& actor, void (*call)(void*), void* argument) {
  if (_setjmp(actor.exit) != 0) return;
  inside = true;
  call(argument);
  inside = false;
}

// What a thread leaves to be done when it ends: the destructors of its thread-local variables. Each
// may add more.
void Program::run_at_end(Actor& actor) {
  while (!model_is_over() && !actor.at_end.empty()) {
    const auto [call, argument] = actor.at_end.back();
    actor.at_end.pop_back();
    call_inside(actor, call, argument);
  }
  if (!model_is_over()) run_key_ends(actor);
}

void Program::run_key_ends(Actor& actor) {
  for (std::size_t key = 0; key < actor.locals.size() && key < keys_.size(); ++key) {
    void* const value = std::exchange(actor.locals[key], nullptr);
    if (value == nullptr || keys_[key] == nullptr || model_is_over()) continue;
    call_inside(actor, keys_[key], value);
  }
}

void Program::after() {
  end_state_ = 0;
  for (unsigned i = 0; i != rules_.actors; ++i) end_state_ = mixed(end_state_, actors_[i].seen);
  if (rules_.leaks && counts_ && !model_is_discarded()) look_for_leaks();
}

void Program::left() {
  inside = false;
  threads().give_back();
}

void Program::takes_too_long() {
  if (rules_.too_long == nullptr) return;
  std::atomic_ref(*rules_.too_long).fetch_add(1, std::memory_order_relaxed);  // a count alone
}

void Program::exit(int status, const void* code) {
  if (status != 0) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "the program ends with status %d", status);
    fail("exit", text.data(), code);
  }
  if (code != nullptr) counts_ = false;  // stacks may still hold blocks
  bool others = false;
  for (unsigned i = 1; i != begun_; ++i) others = others || !actors_[i].done;
  if (others) {
    counts_ = false;
    step({Access::Kind::unknown, false, 0}, code);
  }
  model_ends();
  leave(nullptr);
}

void Program::assume(bool ok) {
  if (ok) return;
  // Its actor never goes on. The others do: what they store might have made it true.
  note("assumes what is not so", me().code);
  model_discards();
  model_blocks(self());
  model_step({Access::Kind::local, false, 0});
  returned();
  __builtin_unreachable();
}

void Program::fail(const char* oracle, std::string text, const void* code) {
  inside = false;
  if (model_is_traced() && code != nullptr) note("here it fails", code);
  message_ = std::move(text);
  require(false, oracle, message_.c_str());
  __builtin_unreachable();
}

// Blocks that nothing points to any more, from any variable on, are lost.
void Program::look_for_leaks() {
  ProgramHeap& all = heap();
  std::vector<HeapBlock*> reached;
  std::vector<bool> is_reached(all.size() + 1);
  const auto scan = [&](std::uintptr_t at, std::size_t bytes) {
    const std::uintptr_t first = (at + 7) & ~std::uintptr_t{7};
    for (std::uintptr_t word = first; word + 8 <= at + bytes; word += 8) {
      const auto pointer = *reinterpret_cast<const std::uintptr_t*>(word) & 0xffff'ffff'ffff;
      if (!ProgramHeap::is_here(pointer)) continue;
      HeapBlock* const block = all.find(pointer);
      if (block == nullptr || !block->live || is_reached[all.number(*block)]) continue;
      is_reached[all.number(*block)] = true;
      reached.push_back(block);
    }
  };
  bool any = false;
  for (std::size_t i = 0; i != all.size(); ++i)
    any = any || (all[i].live && all[i].made != nullptr);
  if (!any) return;
  for (const Image::Piece& piece : image_.pieces()) scan(piece.start, piece.saved.size());
  const Image::ThreadLocals& locals = image_.thread_locals();
  scan(threads().pointer(0) + static_cast<std::uintptr_t>(locals.offset), locals.bytes);
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (all[i].live && all[i].made == nullptr) scan(all[i].start, all[i].size);
  }
  while (!reached.empty()) {
    const HeapBlock* const block = reached.back();
    reached.pop_back();
    scan(block->start, block->size);
  }
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (!all[i].live || all[i].made == nullptr || is_reached[all.number(all[i])]) continue;
    const std::size_t number = all.number(all[i]);
    std::array<char, 256> text{};
    std::snprintf(
        text.data(), text.size(),
        "block %zu, of %zu bytes, is never freed, and nothing points to it (is its address "
        "hidden in an integer or an index? then --no-leaks)",
        number, all[i].size);
    fail("leak", text.data(), all[i].made);
  }
}

}  // namespace poolproof
