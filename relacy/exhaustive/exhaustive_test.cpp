// The reduction leaves nothing out: over many small generated programs, the exhaustive search
// reaches the same end states as searches that try every order of steps.
// Includes from below: adapter, models, search.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exhaustive_strategy.hpp"
#include "harness/base/rng.hpp"
#include "relacy/adapter/actor_registers.hpp"
#include "relacy/adapter/relacy_backend.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/models/list_model.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/search/tree_strategy.hpp"

namespace poolproof {
namespace {

constexpr unsigned most_actors = 3;
constexpr unsigned most_objects = 3;

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

std::memory_order order_for(Op::Kind kind, Rng& rng) {
  using enum std::memory_order;
  if (kind == Op::Kind::load || kind == Op::Kind::spin)
    return std::array{relaxed, acquire, seq_cst}[rng.below(3)];
  if (kind == Op::Kind::store) return std::array{relaxed, release, seq_cst}[rng.below(3)];
  return std::array{relaxed, acquire, release, acq_rel, seq_cst}[rng.below(5)];
}

// What an actor reads is often the same by whomever it was stored, so that many executions come to
// the same state; they differ in who has seen what, and whether a variable is safe to access.
Program generate_forgetful(std::uint64_t number, bool small) {
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
Program generate(std::uint64_t number, bool alike = false) {
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

struct Found {
  bool failed = false;
  std::set<std::string> states;  // until then
  std::uint64_t executions = 0;
};

// Nothing where it takes too many executions.
std::optional<Found> search(const Program& program, Strategy& strategy, StaleReads stale_reads,
                            bool alike = false) {
  constexpr std::uint64_t most = 60'000;
  Generated test(program, alike);
  test.keep_room();
  Found found;
  Limits limits{.executions = most, .stale_reads = stale_reads};
  limits.stop = [&](std::uint64_t) {
    found.states.insert(test.state());
    return false;
  };
  const ModelResult result = explore(test, program.actors, strategy, limits);
  found.failed = !result.passed;
  if (found.failed) {
    EXPECT_EQ(result.oracle, "race") << result.failure;
    EXPECT_TRUE(program.forgets);
    found.states.clear();
  }
  found.executions = result.executions;
  if (result.passed && !result.exhausted) return std::nullopt;
  return found;
}

// In order: with states told apart; without; with only those orders that steps demand.
struct Reduced {
  Found merged;
  Found orders;
  std::optional<Found> demanded;  // nothing: in that order, a race would take too many executions
};

Reduced reduced(const Program& program, StaleReads stale_reads, unsigned spurious,
                bool alike = false) {
  ExhaustiveStrategy::Rules rules{
      .stale_reads = stale_reads, .spurious = spurious, .symmetric = alike};
  ExhaustiveStrategy orders(rules);
  Reduced both;
  both.orders = search(program, orders, stale_reads, alike).value_or(Found());
  rules.dynamic = true;
  ExhaustiveStrategy demanded(rules);
  both.demanded = search(program, demanded, stale_reads, alike);
  VisitedStates states(program.objects == 1 ? 8 : 1 << 12);  // with less room than there are states
  rules.states = &states;
  rules.all_ends = true;
  ExhaustiveStrategy merged(rules);
  both.merged = search(program, merged, stale_reads, alike).value_or(Found());
  return both;
}

struct Compared {
  unsigned programs = 0;
  unsigned too_large = 0;
  std::uint64_t all = 0;  // executions
  std::uint64_t orders = 0;
  std::uint64_t merged = 0;
  std::uint64_t demanded = 0;
  std::uint64_t failed = 0;

  void add_merged(std::uint64_t number, const Reduced& with) {
    EXPECT_EQ(with.merged.failed, with.orders.failed) << "program " << number;
    EXPECT_EQ(with.merged.states, with.orders.states) << "program " << number;
    if (with.demanded) {
      EXPECT_EQ(with.demanded->failed, with.orders.failed) << "program " << number;
      EXPECT_EQ(with.demanded->states, with.orders.states) << "program " << number;
      demanded += with.demanded->executions;
    } else {
      EXPECT_TRUE(with.orders.failed) << "program " << number;
    }
    ++programs;
    failed += with.orders.failed ? 1 : 0;
    orders += with.orders.executions;
    merged += with.merged.executions;
  }
  // brute: by a search in every order.
  void add(std::uint64_t number, const std::optional<Found>& brute, const Reduced& with) {
    if (!brute) {
      ++too_large;
      return;
    }
    add_merged(number, with);
    all += brute->executions;
    EXPECT_EQ(with.orders.failed, brute->failed) << "program " << number;
    EXPECT_EQ(with.orders.states, brute->states) << "program " << number;
    if (brute->failed) return;
    EXPECT_LE(with.orders.executions, brute->executions) << "program " << number;
  }
  void print(const char* what) const {
    std::printf(
        "  %s: %u programs (%llu race), %u too large, %llu executions, with states %llu, as "
        "demanded %llu, instead of %llu\n",
        what, programs, static_cast<unsigned long long>(failed), too_large,
        static_cast<unsigned long long>(orders), static_cast<unsigned long long>(merged),
        static_cast<unsigned long long>(demanded), static_cast<unsigned long long>(all));
  }
};

std::uint64_t programs() {
  const char* wanted = std::getenv("POOLPROOF_PROGRAMS");
  return wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
}

TEST(Exhaustive, ReachesWhatTheFullSearchReaches) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate(number);
    TreeStrategy tree(TreeStrategy::unlimited, 1);
    compared.add(number, search(program, tree, StaleReads::one),
                 reduced(program, StaleReads::one, 0));
  }
  compared.print("full");
  EXPECT_GT(compared.programs, programs() / 2);
}

TEST(Exhaustive, ReachesWhatEveryOrderReaches) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate(number);
    const auto spurious = static_cast<unsigned>(number % 3);
    ExhaustiveStrategy every({.spurious = spurious, .reduce = false});
    compared.add(number, search(program, every, StaleReads::all),
                 reduced(program, StaleReads::all, spurious));
  }
  compared.print("every order");
  EXPECT_LT(compared.demanded, compared.orders);
  EXPECT_GT(compared.programs, programs() / 2);
}

TEST(Exhaustive, MergesOnlyWhatGoesOnAlike) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate_forgetful(number, true);
    const auto spurious = static_cast<unsigned>(number % 3);
    ExhaustiveStrategy every({.spurious = spurious, .reduce = false});
    compared.add(number, search(program, every, StaleReads::all),
                 reduced(program, StaleReads::all, spurious));
  }
  compared.print("forgetful");
  EXPECT_GT(compared.programs, programs() / 2);
  EXPECT_GT(compared.failed, programs() / 40);
}

// Larger ones, held against the search without states, which the other tests prove.
TEST(Exhaustive, MergesOnlyWhatGoesOnAlikeInLargerPrograms) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() && !HasFailure(); ++number) {
    const Program program = generate_forgetful(number, false);
    const Reduced found = reduced(program, StaleReads::all, static_cast<unsigned>(number % 2));
    if (found.orders.executions != 0) compared.add_merged(number, found);
  }
  compared.print("larger");
  EXPECT_GT(compared.programs, programs() / 2);
  EXPECT_GT(compared.failed, programs() / 20);
  EXPECT_LT(compared.merged, compared.orders);
}

// So that nobody makes the search larger, or smaller, without noticing: see README.md.
TEST(Exhaustive, KnowsHowLargeAPlainListIs) {
  struct Size {
    Scope scope;
    unsigned spurious;
    std::uint64_t executions;
  };
  for (const Size& size : {Size{{2, 2, 1}, 0, 26}, Size{{2, 2, 2}, 0, 6'428},
                           Size{{3, 3, 1}, 0, 19'698}, Size{{2, 2, 1}, 1, 422}}) {
    ListModel list(size.scope);
    ExhaustiveStrategy strategy({.spurious = size.spurious, .symmetric = true});
    const ModelResult result = explore(list, size.scope.actors, strategy);
    EXPECT_TRUE(result.passed && result.exhausted);
    EXPECT_EQ(strategy.executions(), size.executions);
  }
}

// Nor the states: of orders there are 2.6 million, a quarter of them redundant. How many executions
// it takes to see all states depends on how a compiler lays out the actors' stacks.
TEST(Exhaustive, KnowsHowFewStatesAPlainListHas) {
  if (!can_take_registers) return;
  const Scope scope{2, 2, 3};
  ListModel list(scope);
  VisitedStates states;
  ExhaustiveStrategy strategy({.spurious = 0, .symmetric = true, .states = &states});
  const ModelResult result = explore(list, scope.actors, strategy);
  EXPECT_TRUE(result.passed && result.exhausted);
  EXPECT_LT(result.executions, 40'000u);
}

// Shards, of which each is cut into as many jobs as it likes, on programs that are cut into pieces.
TEST(Exhaustive, PartsAreTheWholeWithoutOverlap) {
  constexpr ExhaustiveStrategy::Rules rules{.symmetric = true};
  constexpr ExhaustiveStrategy::Rules sliced{.symmetric = true, .pieces = 8};
  unsigned compared = 0;
  for (std::uint64_t number = 1; compared != 10 && !HasFailure(); ++number) {
    const Program program = generate(number, true);
    ExhaustiveStrategy whole(rules);
    const Found all = search(program, whole, StaleReads::all, true).value_or(Found());
    if (all.executions < 200) continue;
    ++compared;
    Found parts;
    double share = 0;
    for (std::uint64_t shard = 0; shard != 3; ++shard) {
      for (std::uint64_t job = 0; job != 1 + shard; ++job) {
        ExhaustiveStrategy part(sliced, {shard, 3, job, 1 + shard});
        parts.states.merge(search(program, part, StaleReads::all, true).value_or(Found()).states);
        parts.executions += part.executions() + part.redundant();
        share += part.share();
        EXPECT_LT(part.executions(), whole.executions());
      }
    }
    EXPECT_EQ(parts.states, all.states) << "program " << number;
    EXPECT_EQ(parts.executions, all.executions) << "program " << number;
    EXPECT_NEAR(share, 1, 1e-9) << "program " << number;
    EXPECT_NEAR(whole.share(), 1, 1e-9) << "program " << number;
  }
}

TEST(Exhaustive, LeavesOutOnlyActorsThatAreAlike) {
  Compared compared;
  for (std::uint64_t number = 1; number <= programs() / 2 && !HasFailure(); ++number) {
    const Program program = generate(number, true);
    TreeStrategy tree(TreeStrategy::unlimited, 1);
    compared.add(number, search(program, tree, StaleReads::one, true),
                 reduced(program, StaleReads::one, 0, true));
  }
  compared.print("alike");
  EXPECT_GT(compared.programs, programs() / 6);
}

}  // namespace
}  // namespace poolproof
