// Program: a compiled program, as it is, as a ModelTest. Its main() is actor 0 and runs anew in
// each execution; its threads are the other actors. What the program calls comes in by the entry
// points (relacy/runtime), while it is inside; each function here is one such call. code: the
// address behind the call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "program_actor.hpp"
#include "program_calls.hpp"
#include "relacy/adapter/orders.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/unchanged/memory/image.hpp"
#include "relacy/unchanged/memory/lent_threads.hpp"
#include "relacy/unchanged/memory/program_heap.hpp"
#include "relacy/unchanged/memory/shadow.hpp"
#include "relacy/unchanged/symbols/program_places.hpp"
#include "relacy/unchanged/symbols/program_types.hpp"
#include "sync_objects.hpp"

namespace poolproof {

class Program : public ModelTest {
 public:
  // The one whose executions are made; null: none.
  static inline Program* current = nullptr;
  // What all of them share, since it lies at fixed addresses.
  static ProgramHeap& heap();
  static LentThreads& threads();

  Program(const ProgramStart& start, const Image& image, const ProgramRules& rules);
  ~Program() override {
    if (current == this) current = nullptr;
  }

  void before() override;
  void actor(unsigned index) override;
  void after() override;
  // Threads of an execution so far, main() included, at most.
  unsigned most_begun() const noexcept { return most_begun_; }
  const RacingCode& racing() const noexcept { return racing_; }
  // The code whose memory is being read here in its place; null: none. A crash is its own then.
  const void* reads_for() const noexcept { return reads_for_; }
  std::uint64_t steps_made() const noexcept { return steps_made_; }  // in all executions
  std::uint64_t end_state() const override { return end_state_; }
  void describe(Names& names) const override;
  std::uint32_t later_actors() const override { return ~1U; }
  unsigned most_steps() const override { return rules_.steps; }
  void takes_too_long() override;
  bool discards_blocked() const override { return !rules_.liveness; }
  bool has_states() const override { return false; }
  void left() override;
  void place(History& history) const override;
  std::string waits_at(unsigned actor) const override;

  // The next access may be one of a loop; the frame of the function that was called for it.
  void stands_at(void* frame) noexcept { frame_ = reinterpret_cast<std::uintptr_t>(frame); }

  // Below it lies nothing of the running actor's stack that is alive.
  void stack_ends_at(const void* at) noexcept { stack_now_ = reinterpret_cast<std::uintptr_t>(at); }

  // Memory.
  void plain(std::uintptr_t at, std::size_t size, Use use, const void* code);
  // A function begins, which returns to code; one returns, whose frame ends there.
  void frame_begins(const void* code) noexcept;
  void frame_ends(std::uintptr_t frame_end, const void* code);
  Word load(std::uintptr_t at, unsigned size, std::memory_order order, const void* code);
  void store(std::uintptr_t at, unsigned size, Word value, std::memory_order order,
             const void* code);
  Word update(std::uintptr_t at, unsigned size, Update how, Word value, std::memory_order order,
              const void* code);
  bool cas(std::uintptr_t at, unsigned size, Word& expected, Word value, const Cas& how,
           const void* code);
  void fence(std::memory_order order, const void* code);
  // Orders nothing between threads, but code that was written for one machine may rely on it there.
  void signal_fence(std::memory_order order) noexcept;
  void* allocate(std::size_t size, std::size_t align, const void* code);
  void free(void* block, const void* code);
  std::size_t size_of(void* block, const void* code);  // of one that may be freed

  // For a harness around what is checked. It is about to write that memory, which races with plain
  // accesses alone; atomics may lie there. A step at no access. A line of the trace.
  void owner_writes(std::uintptr_t at, std::size_t size);
  void fine_step();
  void says(std::string text) { note(std::move(text), nullptr); }
  // The trace says that it does; see UnseenCode.
  void comes_to_unseen(const std::string& function, const void* code);
  void comes_to_library(const std::string& function, const void* code);

  // Threads. An actor is named by its number.
  unsigned create(void* (*call)(void*), void* argument, const void* code);
  void* join(unsigned actor, const void* code);
  bool is_thread(unsigned actor) const noexcept;
  [[noreturn]] void leave(void* result);
  void yield(const void* code);
  void at_thread_end(void (*call)(void*), void* argument);
  // The buffers to jump to before the running actor leaves; the last first.
  std::vector<void*>& cleanups() noexcept { return me().cleanups; }
  void*& local(unsigned key) noexcept;
  unsigned make_key(void (*destroy)(void*)) noexcept;

  // Synchronization; the object is named by its address. False: it is taken, or the time is over.
  bool lock(std::uintptr_t at, LockKind kind, bool only_try, const void* code);
  void unlock(std::uintptr_t at, const void* code);
  bool wait(std::uintptr_t condition, std::uintptr_t mutex, bool timed, const void* code);
  void wake(std::uintptr_t condition, bool all, const void* code);
  bool futex_wait(std::uintptr_t at, std::uint32_t value, bool timed, const void* code);
  unsigned futex_wake(std::uintptr_t at, unsigned most, const void* code);
  void count_begins(std::uintptr_t at, unsigned count);
  bool count_down(std::uintptr_t at, bool only_try, bool timed, const void* code);
  void count_up(std::uintptr_t at, const void* code);
  unsigned count_of(std::uintptr_t at) { return sync(at).count; }
  void barrier_begins(std::uintptr_t at, unsigned parties, const void* code);
  bool barrier_waits(std::uintptr_t at, const void* code);
  void sync_ends(std::uintptr_t at, const void* code);

  // Choices, time, ends.
  unsigned choose(unsigned n) {
    changes_itself();
    return model_choice(n);
  }
  std::uint64_t look_at_clock() noexcept {  // nanoseconds
    changes_itself();
    return clock_ += 1'000'000;
  }
  std::uint64_t draw() noexcept;  // rand(), the same each time
  void seed(std::uint64_t value) noexcept { random_ = value; }
  void assume(bool ok);
  [[noreturn]] void exit(int status, const void* code);
  // The text is kept.
  [[noreturn]] void fail(const char* oracle, std::string text, const void* code);
  unsigned self() const noexcept { return running_actor(); }

 protected:
  // For people: the name of a variable as the compiler has it, and what values are pointers.
  virtual std::string shown(std::string variable) const { return variable; }
  virtual bool is_pointer(std::uint64_t value) const noexcept;

 private:
  // Where a call came from: the code behind it, and behind the calls of the functions that it is
  // in, the innermost first.
  using CodeChain = std::vector<const void*>;
  using Actor = ProgramActor;
  using Calls = ProgramActor::Calls;

  static constexpr const char* two_race =
      "two actors access memory, one of them writes, one access is plain, and nothing orders them";

  Actor& me() noexcept { return actors_[self()]; }
  CodeChain chain_of(const Actor& actor, const void* code) const;
  SourcePlace place_of(const CodeChain& chain) const;
  static void run(void* actor);
  static void call_inside(Actor& actor, void (*call)(void*), void* argument);
  void run_at_end(Actor& actor);
  void run_key_ends(Actor& actor);

  void step(const Access& access, const void* code);
  Access racing_access(std::uintptr_t at, std::size_t size);
  void racing_step(std::uintptr_t at, std::size_t size, Use how, const void* code);
  void look_for_loop(std::uintptr_t frame, const void* code);
  void gives_up_turn(const void* code);
  void changes_itself() noexcept {
    if (self() != Strategy::nobody) ++me().changes;
  }
  void changed(std::uint32_t object) noexcept {
    ++me().changes;
    model_changed(object);
  }
  void returned();  // to an actor, after others may have run
  void block(std::uintptr_t on, const Access& access);
  void unblock(std::uintptr_t on);
  Access access_of(Access::Kind kind, std::uintptr_t at, bool seq_cst = false) noexcept;
  SyncObject& sync(std::uintptr_t at);
  void free_locks(const HeapBlock& block, const void* code);
  void stand_before(std::uintptr_t mutex, bool shared, const void* code);
  bool is_kept_out(const SyncObject& mutex, unsigned actor) const noexcept;
  void keep_out(const SyncObject& mutex, std::uintptr_t at);
  void take(SyncObject& mutex, std::uintptr_t at);
  void release(SyncObject& mutex, std::uintptr_t at);
  void wait_for(std::uintptr_t mutex);

  void check_frame(std::uintptr_t at, Use use, const void* code);
  void check_written(std::uintptr_t at, unsigned size, Word value, const void* code);
  void check_block(std::uintptr_t at, std::size_t size, Use use, const void* code);
  // Now, as the next thing that its actor does.
  static std::uint32_t now() noexcept { return static_cast<std::uint32_t>(ActorClock::next()); }
  void use(std::uintptr_t at, std::size_t size, Use use, const void* code);
  // Of an atomic that may have heard of others by it: when it began.
  void used(std::uintptr_t at, std::size_t size, Use use, std::uint32_t when, const void* code);
  // While racing() grows. race: null: it is none.
  void note_racing(std::uintptr_t cell, std::uint8_t mask, Use use, const RaceWith* race,
                   const void* code);
  void note_stack(std::uintptr_t at) noexcept;
  void writes_atomics(std::uintptr_t at, std::size_t size);
  AtomicRecord& add_atomic(std::uintptr_t at, unsigned size);
  void change_size(std::uintptr_t at, unsigned size, const void* code);
  AtomicRecord& atomic_at(std::uintptr_t at, unsigned size, const void* code);
  bool is_mixed(std::uintptr_t at, unsigned size);
  Word load_parts(std::uintptr_t at, unsigned size, std::memory_order order, const void* code);
  void refresh(AtomicRecord& record);
  void put(AtomicRecord& record, Word value, bool newest);
  void saw(const AtomicRecord& record, Word value);
  [[noreturn]] void fail_race(std::uintptr_t at, Use use, const RaceWith& with, const void* code,
                              const char* message = two_race);
  // The program runs itself again, and no code of others.
  void leaves_libraries() noexcept;
  bool libraries_may_order(const RaceWith& access) const;
  void look_for_leaks();

  // As an audit or a selftest changes them; see Orders.
  CodePlace operation_place(const char* operation, std::memory_order written,
                            const void* code) const;
  std::memory_order order_at(const char* operation, std::memory_order written,
                             const void* code) const;
  Cas orders_at(const Cas& how, const void* code) const;
  bool in_two(const char* operation, std::memory_order written, const void* code) const;
  bool cas_in_two(std::uintptr_t at, unsigned size, Word& expected, Word value,
                  std::memory_order order, const void* code);

  void tell(HistoryEvent::Kind kind, const char* operation, std::uintptr_t at, const void* code);
  void tell(HistoryEvent event, const void* code);
  void note(std::string text, const void* code);
  void tell_race(std::uintptr_t at, Use use, const RaceWith& with, const void* code);
  std::string raw(Word value) const;

  const ProgramStart start_;
  const Image& image_;
  const ProgramRules rules_;
  RacingCode racing_ = rules_.racing;
  std::unordered_map<std::uintptr_t, const void*> last_code_;  // see note_racing
  const void* reads_for_ = nullptr;
  std::uint64_t steps_made_ = 0;
  mutable ProgramPlaces places_;
  mutable ProgramTypes types_;
  mutable std::vector<std::string>
      names_;  // that describe has given away; so are the parts of values
  mutable std::deque<std::vector<ProgramTypes::Part>> parts_;
  Shadow shadow_;
  ObjectIds ids_;
  std::unordered_set<std::uintptr_t> mixed_;  // in any execution, atomics of several sizes
  Generations<SyncObject> syncs_;
  std::vector<Actor> actors_ = std::vector<Actor>(ModelTest::most_actors);
  std::vector<void (*)(void*)> keys_;
  mutable std::vector<std::uintptr_t> told_;  // addresses in the trace
  // Plain accesses, while a trace is made, which shows one of them only if it races.
  struct PlainAccess {
    std::size_t events_before;
    unsigned actor;
    std::uintptr_t at;
    std::size_t size;
    Use use;
    CodeChain code;
  };
  std::vector<PlainAccess> plain_accesses_;
  // Of code of others; what its actor had heard of then.
  struct LibraryCall {
    unsigned actor = 0;
    std::array<Stamp, ModelTest::most_actors> heard{};
  };
  std::vector<LibraryCall> library_calls_;
  std::vector<CodeChain> chains_;  // of each event
  CodeChain first_of_race_chain_;
  History first_of_race_;  // none or one event
  std::size_t first_of_race_at_ = 0;
  std::string message_;
  std::uintptr_t stack_now_ = 0;  // see stack_ends_at
  std::uintptr_t frame_ = 0;      // see stands_at; 0: no loop is looked for
  unsigned begun_ = 1;
  unsigned most_begun_ = 1;
  bool counts_ = true;  // did the program run to its end?
  std::uint64_t clock_ = 0;
  std::uint64_t random_ = 1;
  std::uint64_t end_state_ = 0;
};

}  // namespace poolproof
