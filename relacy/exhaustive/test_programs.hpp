// Small generated programs, each from a number: atomics, a mutex, plain memory, waits.
// Includes from below: adapter, adapter/atomics, models.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/rng.hpp"
#include "relacy/adapter/actor_registers.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/models/model_memory.hpp"

namespace poolproof {

inline constexpr unsigned most_actors = 3;
inline constexpr unsigned most_objects = 3;

struct Op {
  enum class Kind : std::uint8_t {
    load,
    store,
    exchange,
    fetch_add,
    weak_cas,
    strong_cas,
    critical,  // adds to a variable under a mutex
    pause,
    draw,
    touch,  // reads, or reads and writes, a variable that the engine does not know
    add,    // adds to another one
    make,   // constructs an atomic, stores to it and reads it
    spin,   // waits for something but 0, but not for ever
    plain,  // if it has seen something but 0, accesses a variable that nothing guards
  };
  Kind kind = Kind::load;
  unsigned object = 0;
  bool by_value = false;  // of what was read last, and not a constant
  unsigned value = 0;
  std::memory_order order = std::memory_order_relaxed;
};

struct Program {
  unsigned actors = 2;
  unsigned objects = 2;
  bool forgets = false;  // all but what each actor has read last
  std::vector<Op> ops[most_actors];
};

inline std::memory_order order_for(Op::Kind kind, Rng& rng) {
  using enum std::memory_order;
  if (kind == Op::Kind::load || kind == Op::Kind::spin)
    return std::array{relaxed, acquire, seq_cst}[rng.below(3)];
  if (kind == Op::Kind::store) return std::array{relaxed, release, seq_cst}[rng.below(3)];
  return std::array{relaxed, acquire, release, acq_rel, seq_cst}[rng.below(5)];
}

// What an actor reads is often the same by whomever it was stored, so that many executions come to
// the same state; they differ in who has seen what, and whether a variable is safe to access.
inline Program generate_forgetful(std::uint64_t number, bool small) {
  using Kind = Op::Kind;
  static constexpr Kind kinds[] = {Kind::load,  Kind::store,    Kind::plain,    Kind::load,
                                   Kind::store, Kind::weak_cas, Kind::plain,    Kind::exchange,
                                   Kind::pause, Kind::spin,     Kind::critical, Kind::fetch_add,
                                   Kind::make,  Kind::draw};
  Rng rng(number, 9);
  Program program;
  program.actors = 2 + rng.below(2);
  program.objects = 1 + rng.below(2);
  program.forgets = true;
  const unsigned most_ops = (small ? 7 : 10) - program.actors;
  const std::uint32_t used = 3 + rng.below(std::size(kinds) - 2);
  const std::uint32_t relaxed_in = 1 + rng.below(6);
  for (unsigned actor = 0; actor != program.actors; ++actor) {
    for (unsigned n = 1 + rng.below(most_ops); n != 0; --n) {
      Op op;
      op.kind = kinds[rng.below(used)];
      op.object = rng.below(program.objects);
      op.by_value = rng.below(op.kind == Kind::plain ? 2 : 4) == 0;
      op.value = rng.below(6) == 0 ? 2 : 1;
      op.order = rng.below(relaxed_in) == 0 ? std::memory_order_relaxed : order_for(op.kind, rng);
      program.ops[actor].push_back(op);
    }
  }
  return program;
}

// alike: all actors do the same.
inline Program generate(std::uint64_t number, bool alike = false) {
  Rng rng(number, 7);
  Program program;
  program.actors = 2 + rng.below(2);
  program.objects = 1 + rng.below(most_objects);
  const unsigned most_ops = program.actors == 2 ? 5 : 3;
  // Few programs have all kinds of operations, so that those they have meet.
  const std::uint32_t kinds = 1 + rng.below(12);
  for (unsigned actor = 0; actor != program.actors; ++actor) {
    if (alike && actor != 0) {
      program.ops[actor] = program.ops[0];
      continue;
    }
    for (unsigned n = 1 + rng.below(most_ops); n != 0; --n) {
      Op op;
      op.kind = static_cast<Op::Kind>(rng.below(std::max(kinds, 4U)));
      op.object = rng.below(program.objects);
      op.by_value = rng.below(2) == 0;
      op.value = 1 + rng.below(3);
      op.order = order_for(op.kind, rng);
      program.ops[actor].push_back(op);
    }
  }
  return program;
}

class Generated final : public ModelTest {
 public:
  // alike: states do not tell which actor has seen what.
  explicit Generated(const Program& program, bool alike = false)
      : program_(program), alike_(alike) {}

  void before() override {
    for (unsigned i = 0; i != program_.objects; ++i) objects_[i].make(0U);
    mutex_.make();
    guarded_.make(0U);
    plain_.make(0U);
    touched_ = sum_ = 0;
    length_.fill(0);
    last_.fill(0);
  }
  void actor(unsigned me) override {
    unsigned value = program_.forgets && me == 0 ? 1 : 0;
    for (const Op& op : program_.ops[me]) step(me, op, value);
    last_[me] = value;
  }
  void after() override {
    state_.clear();
    std::array<std::string_view, most_actors> seen;
    for (unsigned me = 0; me != program_.actors; ++me) seen[me] = {seen_[me].data(), length_[me]};
    for (unsigned i = 1; alike_ && i != program_.actors; ++i) {
      for (unsigned j = i; j != 0 && seen[j] < seen[j - 1]; --j) std::swap(seen[j], seen[j - 1]);
    }
    for (unsigned me = 0; me != program_.actors; ++me) {
      state_ += seen[me];
      state_ += program_.forgets ? static_cast<char>('0' + last_[me]) : '|';
    }
    for (unsigned i = 0; i != program_.objects; ++i) {
      state_ += static_cast<char>('0' + objects_[i]->load(std::memory_order_relaxed));
      objects_[i].destroy();
    }
    state_ += static_cast<char>('0' + guarded_->get());
    state_ += static_cast<char>('0' + touched_);
    state_ += static_cast<char>('0' + sum_);
    guarded_.destroy();
    plain_.destroy();
    mutex_.destroy();
  }
  bool add_state(StateHash& hash, bool with_end) const override {
    hash.add(touched_);
    hash.add(sum_);
    for (unsigned me = 0; me != program_.actors; ++me) hash.add(last_[me]);
    for (unsigned me = 0; with_end && me != program_.actors; ++me) {
      for (unsigned i = 0; i != length_[me]; ++i)
        hash.add(static_cast<unsigned char>(seen_[me][i]));
      hash.add(length_[me]);
    }
    return true;
  }
  // What each actor has seen, and what is left.
  const std::string& state() const { return state_; }
  void keep_room() { state_.reserve(200); }

 private:
  void see(unsigned me, unsigned value) {
    if (program_.forgets) return;
    seen_[me][length_[me]++] = static_cast<char>('0' + value);
  }

  static std::memory_order failure_of(std::memory_order order) {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
  }

  void step(unsigned me, const Op& op, unsigned& value) {
    auto& object = *objects_[op.object];
    const unsigned given = op.by_value ? (value + 1) % 8 : op.value;
    switch (op.kind) {
      case Op::Kind::load:
        see(me, value = object.load(op.order));
        break;
      case Op::Kind::store:
        object.store(given, op.order);
        break;
      case Op::Kind::exchange:
        see(me, value = object.exchange(given, op.order));
        break;
      case Op::Kind::fetch_add:
        see(me, value = object.fetch_add(1, op.order));
        break;
      case Op::Kind::weak_cas:
        see(me, object.compare_exchange_weak(value, given, op.order, failure_of(op.order)));
        see(me, value);
        break;
      case Op::Kind::strong_cas:
        see(me, object.compare_exchange_strong(value, given, op.order, std::memory_order_acquire));
        see(me, value);
        break;
      case Op::Kind::critical:
        mutex_->lock();
        see(me, value = guarded_->get());
        guarded_->set(value % 8 + 1);
        mutex_->unlock();
        break;
      case Op::Kind::pause:
        RelacyBackend::pause();
        break;
      case Op::Kind::draw:
        see(me, value = model_choice(2));
        break;
      case Op::Kind::touch:
        model_reads(0);
        if (op.by_value && value % 2 == 0) {
          model_writes(0);
          touched_ = op.value;
        }
        see(me, value = touched_);
        break;
      case Op::Kind::add:
        model_adds(1);
        sum_ += op.value;
        if (op.by_value) {
          model_reads(1);
          see(me, sum_);
        }
        break;
      case Op::Kind::make: {
        ExecutionLocal<RelacyAtomic<unsigned>> own;
        own.make(1U).store(
            given, op.order == std::memory_order_seq_cst ? op.order : std::memory_order_release);
        see(me, own->load(std::memory_order_relaxed));
        own.destroy();
        break;
      }
      case Op::Kind::spin:
        for (unsigned i = 0; i != 6 && (value = object.load(op.order)) == 0; ++i) {
          RelacyBackend::pause();
        }
        break;
      case Op::Kind::plain:
        if (value == 0) break;
        if (op.by_value) {
          plain_->set(value);
        } else {
          value = 1 + plain_->get();
        }
        break;
    }
  }

  const Program& program_;
  const bool alike_;
  std::array<ExecutionLocal<RelacyAtomic<unsigned>>, most_objects> objects_;
  ExecutionLocal<RelacyMutex> mutex_;
  ExecutionLocal<RelacyVar<unsigned>> guarded_;
  ExecutionLocal<RelacyVar<unsigned>> plain_;
  std::array<unsigned, most_actors> last_{};
  unsigned touched_ = 0;
  unsigned sum_ = 0;
  std::array<std::array<char, 32>, most_actors> seen_{};
  std::array<unsigned, most_actors> length_{};
  std::string state_;
};

}  // namespace poolproof
