#include "shown.hpp"

#include <array>

#include "relacy/adapter/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/model_fence.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "relacy/models/model_memory.hpp"

namespace poolproof::judge {

namespace {

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
        model_fence(op.order);
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
  const std::string& outcome() const { return outcome_; }

 private:
  void access_variable(const Operation& op, unsigned value, std::optional<unsigned>& read) {
    RelacyVar<unsigned>& variable = *variables_[op.object];
    if (op.kind == Kind::store) {
      variable.set(value);
    } else {
      read = variable.get();
    }
  }
  void access_atomic(const Operation& op, unsigned value, std::optional<unsigned>& read) {
    RelacyAtomic<unsigned>& atomic = *atomics_[op.object];
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
  std::array<ExecutionLocal<RelacyAtomic<unsigned>>, Program::most_objects> atomics_;
  std::array<ExecutionLocal<RelacyVar<unsigned>>, Program::most_objects> variables_;
  ReadValues read_{};
  std::string outcome_;
};

}  // namespace

Shown shown(const Program& program, std::uint64_t most_executions) {
  ProgramModel model(program);
  ExhaustiveStrategy strategy(ExhaustiveStrategy::Rules{.spurious = 0});
  Shown all;
  Limits limits{.executions = most_executions};
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

}  // namespace poolproof::judge
