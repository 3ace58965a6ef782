// The threads of a program: how they begin and end, and take turns.
#include <algorithm>
#include <utility>

#include "program.hpp"
#include "relacy/unchanged/memory/inside.hpp"

namespace poolproof {

namespace {

constexpr Access alone{Access::Kind::local, false, 0};
// Threads that are made get their numbers in turn.
constexpr Access creation{Access::Kind::mutex, false, ObjectIds::threads};

}  // namespace

void Program::step(const Access& access, const void* code) {
  Actor& actor = me();
  ++steps_made_;
  actor.quiet = actor.quiet_turns = 0;
  actor.code = code;
  actor.stack_at = stack_now_;
  if (const std::uintptr_t frame = std::exchange(frame_, 0); frame != 0) {
    look_for_loop(frame, code);
  } else {
    ++actor.changes;
  }
  model_step(access);
  returned();
}

// Is all as it was when the actor stood here before? Then it has come round a loop in vain.
void Program::look_for_loop(std::uintptr_t frame, const void* code) {
  constexpr std::uintptr_t preserved = 5 * sizeof(void*);  // registers, below the frame pointer
  const unsigned actor = self();
  if (!LentThreads::is_stack(frame) || LentThreads::owner_of(frame) != actor) return;
  const std::size_t bytes = LentThreads::stack_end(actor) - (frame - preserved);
  if (bytes > LentThreads::state_bytes) return;
  StateHash hash;
  hash.add(reinterpret_cast<const std::byte*>(frame - preserved), bytes);
  Actor& it = me();
  const Actor::Arrival here{it.changes, it.chances, code, hash.key()};
  for (const Actor::Arrival& before : it.arrivals) {
    if (before.changes != here.changes || before.code != code) continue;
    if (before.state.low == here.state.low && before.state.high == here.state.high) {
      // What came to it by chance alone may be otherwise the next time.
      return model_spins(code, before.chances == here.chances);
    }
  }
  it.arrivals[it.next_arrival++ % it.arrivals.size()] = here;
}

void Program::returned() {
  leaves_libraries();
  const unsigned actor = self();
  threads().lend(actor);
  stack_now_ = actors_[actor].stack_at;
  if (model_is_over()) leave(nullptr);
}

void Program::leave(void* result) {
  Actor& actor = me();
  actor.result = result;
  inside = false;
  _longjmp(actor.exit, 1);
}

void Program::yield(const void* code) {
  if (self() == Strategy::nobody) return;
  Actor& actor = me();
  actor.quiet = actor.quiet_turns = 0;
  actor.code = code;
  actor.stack_at = stack_now_;
  model_yield();
  returned();
}

void Program::fine_step() {
  me().stack_at = stack_now_;
  model_fine_step();
  returned();
}

// Until another unblocks it, and then until it gets its turn.
void Program::block(std::uintptr_t on, const Access& access) {
  Actor& actor = me();
  actor.waits_for = on;
  actor.stack_at = stack_now_;
  model_blocks(self());
  model_step(access);
  actor.waits_for = 0;
  returned();
}

void Program::unblock(std::uintptr_t on) {
  for (unsigned i = 0; i != begun_; ++i) {
    if (actors_[i].waits_for != on) continue;
    actors_[i].waits_for = 0;
    model_unblocks(i);
  }
}

unsigned Program::create(void* (*call)(void*), void* argument, const void* code) {
  step(creation, code);
  if (begun_ == rules_.actors) {
    fail("threads", "the program has more threads than it was checked with", code);
  }
  const unsigned number = begun_++;
  most_begun_ = std::max(most_begun_, begun_);
  Actor& actor = actors_[number];
  actor.call = call;
  actor.argument = argument;
  actor.begun = true;
  actor.begin.release();
  model_begins(number);
  note("begins actor " + std::to_string(number), code);
  return number;
}

bool Program::is_thread(unsigned actor) const noexcept { return actor < begun_; }

void* Program::join(unsigned number, const void* code) {
  step(alone, code);
  Actor& actor = actors_[number];
  if (number == self()) fail("deadlock", "an actor joins itself", code);
  while (!actor.done) block(reinterpret_cast<std::uintptr_t>(&actor), alone);
  actor.end.acquire();
  note("joins actor " + std::to_string(number), code);
  return actor.result;
}

void Program::at_thread_end(void (*call)(void*), void* argument) {
  if (self() != Strategy::nobody) me().at_end.emplace_back(call, argument);
}

void*& Program::local(unsigned key) noexcept {
  std::vector<void*>& locals = actors_[self() == Strategy::nobody ? 0 : self()].locals;
  if (locals.size() <= key) locals.resize(key + 1);
  return locals[key];
}

unsigned Program::make_key(void (*destroy)(void*)) noexcept {
  keys_.push_back(destroy);
  return static_cast<unsigned>(keys_.size() - 1);
}

std::uint64_t Program::draw() noexcept {
  changes_itself();
  random_ = random_ * 6364136223846793005U + 1442695040888963407U;
  return random_ >> 33;
}

}  // namespace poolproof
