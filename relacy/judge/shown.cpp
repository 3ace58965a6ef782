#include "shown.hpp"

#include <array>

#include "relacy/adapter/atomics/in_place_var.hpp"
#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/adapter/atomics/weak_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/model_fence.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/models/model_memory.hpp"

namespace poolproof::judge {

namespace {

struct BackendAtomics {
  using atomic = RelacyAtomic<unsigned>;
  using var = RelacyVar<unsigned>;
  static void fence(std::memory_order order) { model_fence(order); }
};

struct InPlaceAtomics {
  using atomic = InPlaceAtomic<unsigned>;
  using var = InPlaceVar<unsigned>;
  static void fence(std::memory_order order) { model_fence(order); }
};

// The memory of programs as they are: each access is a step, and then one of a WeakAtomic.
class AtomicByAddress {
  using Order = std::memory_order;

 public:
  explicit AtomicByAddress(unsigned value) : weak_(value), object_(new_object()) {}
  AtomicByAddress(const AtomicByAddress&) = delete;
  AtomicByAddress& operator=(const AtomicByAddress&) = delete;
  ~AtomicByAddress() { weak_.unlist(); }

  unsigned load(Order order) {
    step(Access::Kind::load, order);
    return static_cast<unsigned>(weak_.load(order).value);
  }
  void store(unsigned value, Order order) {
    step(Access::Kind::store, order);
    weak_.store(value, order);
    model_wrote();
  }
  unsigned exchange(unsigned value, Order order) {
    return update(order, [=](Word) { return value; });
  }
  unsigned fetch_add(unsigned value, Order order) {
    return update(order, [=](Word old) { return old + value; });
  }
  void compare_exchange_strong(unsigned& expected, unsigned value, Order success, Order failure) {
    step(Access::Kind::update, failure == Order::seq_cst ? failure : success);
    const auto done = weak_.compare_exchange(expected, value, success, failure, false);
    if (done.succeeded) model_wrote();
    expected = static_cast<unsigned>(done.value);
  }

 private:
  void step(Access::Kind kind, Order order) const {
    model_step({kind, order == Order::seq_cst, object_});
  }
  template <class Change>
  unsigned update(Order order, Change change) {
    step(Access::Kind::update, order);
    const auto seen = weak_.update(order, change);
    model_wrote();
    return static_cast<unsigned>(seen.value);
  }

  WeakAtomic weak_;
  const std::uint32_t object_;
};

struct AtomicsByAddress {
  using atomic = AtomicByAddress;
  using var = RelacyVar<unsigned>;
  static void fence(std::memory_order order) {
    if (order == std::memory_order_seq_cst) {  // as a program announces it
      model_step({Access::Kind::mutex, true, Access::most_objects - 1});
    }
    weak_fence(order);
  }
};

template <class Used>
class ProgramModel final : public ModelTest {
 public:
  explicit ProgramModel(const Program& program) : program_(program), objects_(program.objects()) {
    for (unsigned i = 0; i != objects_; ++i) plain_[i] = program.is_plain(i);
    outcome_.reserve(64);
  }

  void before() override {
    for (unsigned i = 0; i != objects_; ++i) {
      if (plain_[i]) {
        variables_[i].make(0U);
      } else {
        atomics_[i].make(0U);
      }
    }
    read_ = {};
  }
  void actor(unsigned me) override {
    auto& read = read_[me];
    for (unsigned i = 0; i != program_.threads[me].size(); ++i) {
      const Operation& op = program_.threads[me][i];
      if (op.condition && read[*op.condition] != op.wanted) continue;
      const unsigned value = op.value_of ? read[*op.value_of].value_or(0) : op.value;
      if (op.kind == Kind::fence) {
        Used::fence(op.order);
      } else if (op.plain) {
        access_variable(op, value, read[i]);
      } else {
        access_atomic(op, value, read[i]);
      }
    }
  }
  void after() override {
    LastValues last{};
    for (unsigned i = 0; i != objects_; ++i) {
      if (plain_[i]) {
        last[i] = variables_[i]->get();
        variables_[i].destroy();
      } else {
        last[i] = atomics_[i]->load(std::memory_order_relaxed);
        atomics_[i].destroy();
      }
    }
    outcome_.clear();
    append_outcome(outcome_, program_, read_, last);
  }
  bool add_state(StateHash& hash, bool) const override {
    for (const auto& thread : read_) {
      for (const auto& value : thread) hash.add(value ? *value + 1 : 0);
    }
    return true;
  }
  const std::string& outcome() const { return outcome_; }

 private:
  void access_variable(const Operation& op, unsigned value, std::optional<unsigned>& read) {
    auto& variable = *variables_[op.object];
    if (op.kind == Kind::store) {
      variable.set(value);
    } else {
      read = variable.get();
    }
  }
  void access_atomic(const Operation& op, unsigned value, std::optional<unsigned>& read) {
    auto& atomic = *atomics_[op.object];
    unsigned expected = op.expected;
    switch (op.kind) {
      case Kind::load:
        read = atomic.load(op.order);
        break;
      case Kind::store:
        atomic.store(value, op.order);
        break;
      case Kind::exchange:
        read = atomic.exchange(value, op.order);
        break;
      case Kind::fetch_add:
        read = atomic.fetch_add(value, op.order);
        break;
      case Kind::cas:
        atomic.compare_exchange_strong(expected, value, op.order, op.failure_order);
        read = expected;
        break;
      case Kind::fence:
        break;
    }
  }

  const Program& program_;
  const unsigned objects_;
  std::array<bool, Program::most_objects> plain_{};
  std::array<ExecutionLocal<typename Used::atomic>, Program::most_objects> atomics_;
  std::array<ExecutionLocal<typename Used::var>, Program::most_objects> variables_;
  ReadValues read_{};
  std::string outcome_;
};

template <class Used>
Shown search(const Program& program, const How& how) {
  ProgramModel<Used> model(program);
  VisitedStates states(how.states ? 1 << 12 : 1);
  ExhaustiveStrategy strategy(ExhaustiveStrategy::Rules{.memory = how.memory,
                                                        .spurious = 0,
                                                        .reduce = how.reduce,
                                                        .states = how.states ? &states : nullptr,
                                                        .all_ends = true,
                                                        .dynamic = how.demanded});
  Shown all;
  Limits limits{.executions = how.most_executions, .memory = how.memory};
  limits.stop = [&](std::uint64_t executions) {
    if (executions != 0) all.outcomes.insert(model.outcome());
    return false;
  };
  const auto actors = static_cast<unsigned>(program.threads.size());
  const ModelResult result = explore(model, actors, strategy, limits);
  if (result.passed) {
    all.outcomes.insert(model.outcome());
  } else if (result.oracle == "race") {
    all.race = true;
  } else {
    all.failure = result.oracle + ": " + result.failure;
  }
  all.complete = result.passed && result.exhausted;
  all.executions = result.executions;
  return all;
}

}  // namespace

Shown shown(const Program& program, const How& how) {
  switch (how.atomics) {
    case Atomics::backend:
      return search<BackendAtomics>(program, how);
    case Atomics::in_place:
      return search<InPlaceAtomics>(program, how);
    case Atomics::by_address:
      return search<AtomicsByAddress>(program, how);
  }
  return {};
}

}  // namespace poolproof::judge
