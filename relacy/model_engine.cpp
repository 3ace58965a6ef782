#include "model_engine.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ostream>

#include "relacy_backend.hpp"

// Not used here, but Relacy's context names them all.
#include <relacy/stdlib/condition_variable.hpp>
#include <relacy/stdlib/event.hpp>
#include <relacy/stdlib/semaphore.hpp>

namespace poolproof {
namespace {

// The run in progress. Relacy constructs its suites itself, so they find it here.
struct Run {
  ModelTest* test = nullptr;
  std::array<std::uint64_t, event_kinds> executions_with{};
  bool exhausted = false;
};
Run run;

template <rl::thread_id_t Actors>
struct Suite : rl::test_suite<Suite<Actors>, Actors> {
  void before() {
    RelacyBackend::events = {};
    run.test->before();
  }
  void thread(unsigned index) { run.test->actor(index); }
  void after() {
    for (std::size_t kind = 0; kind != event_kinds; ++kind) {
      if (RelacyBackend::events[kind] != 0) ++run.executions_with[kind];
    }
    run.test->after();
  }
  void invariant() { run.test->invariant(); }
};

// Relacy's bounded search, which knows no limit but the end of its tree, with one.
template <rl::thread_id_t Actors>
struct BoundedScheduler : rl::context_bound_scheduler<Actors> {
  using rl::context_bound_scheduler<Actors>::context_bound_scheduler;
  bool iteration_end() {
    run.exhausted = rl::context_bound_scheduler<Actors>::iteration_end();
    return run.exhausted || this->iter_ == this->params_.iteration_count;
  }
};

using Simulate = rl::test_result_e (*)(rl::test_params&, std::ostream&, bool);

template <rl::thread_id_t Actors>
Simulate simulate_with(Search::Kind kind) {
  return kind == Search::Kind::random ? &rl::run_test<Suite<Actors>, rl::random_scheduler<Actors>>
                                      : &rl::run_test<Suite<Actors>, BoundedScheduler<Actors>>;
}

Simulate simulate_with(unsigned actors, Search::Kind kind) {
  switch (actors) {
    case 2:
      return simulate_with<2>(kind);
    case 3:
      return simulate_with<3>(kind);
    case 4:
      return simulate_with<4>(kind);
    default:
      std::fprintf(stderr, "poolproof: explore takes 2 to 4 actors\n");
      std::abort();
  }
}

std::string to_std(const rl::string& text) { return {text.data(), text.size()}; }

// Runs the failing execution again, now with its history: Relacy's state names it. The first line
// of what Relacy then prints is the failure.
void trace_failure(Simulate simulate, rl::test_params params, const rl::string& state,
                   ModelResult& result) {
  rl::ostringstream out;
  rl::ostringstream unused;
  params.output_stream = &out;
  params.initial_state = state;
  params.collect_history = true;
  simulate(params, unused, true);
  result.trace = to_std(out.str());
  result.failure = result.trace.substr(0, result.trace.find('\n'));
}

}  // namespace

ModelResult explore(ModelTest& test, unsigned actors, const Search& search) {
  std::ostream silent(nullptr);
  rl::ostringstream state;
  rl::test_params params;
  params.output_stream = params.progress_stream = &silent;
  params.execution_depth_limit = search.depth;
  params.context_bound = search.preemptions;
  const bool random = search.kind == Search::Kind::random;
  params.search_type = random ? rl::sched_random : rl::sched_bound;
  // Relacy runs the executions from the number in initial_state to iteration_count, inclusive.
  if (random) params.initial_state = (std::to_string(search.first) + ' ').c_str();
  params.iteration_count = search.first + (search.count - 1);

  run = {.test = &test};
  ModelResult result;
  const Simulate simulate = simulate_with(actors, search.kind);
  const auto start = std::chrono::steady_clock::now();
  result.passed = simulate(params, state, false) == rl::test_result_success;
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.executions = params.stop_iteration - search.first + 1;
  result.executions_with = run.executions_with;
  result.exhausted = result.passed && run.exhausted;
  if (!result.passed) {
    result.failing = params.stop_iteration;
    trace_failure(simulate, params, state.str(), result);
  }
  return result;
}

void model_check(bool ok, const char* message, std::source_location where) {
  if (!ok) rl::ctx().fail_test(message, rl::test_result_user_assert_failed, to_relacy(where));
}

std::uint32_t model_choice(std::uint32_t n) { return n == 1 ? 0 : rl::rand(n); }

}  // namespace poolproof
