#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <span>
#include <utility>

#include "failure_reason.hpp"
#include "guided_suite.hpp"
#include "harness/base/time.hpp"
#include "history.hpp"
#include "relacy/adapter/exploration.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {
namespace {

template <rl::thread_id_t Actors>
rl::test_result_e simulate(rl::test_params& params) {
  typename Guided<Actors>::shared_context_t shared;
  rl::ostringstream unused;
  rl::istringstream state(params.initial_state);
  return Context<Actors>(params, shared).simulate(unused, state, false);
}

rl::test_result_e simulate(unsigned actors, rl::test_params& params) {
  switch (actors) {
    case 2:
      return simulate<2>(params);
    case 3:
      return simulate<3>(params);
    case 4:
      return simulate<4>(params);
    case 8:
      return simulate<8>(params);
    case 16:
      return simulate<16>(params);
    default:
      std::fprintf(stderr, "poolproof: explore takes 2, 3, 4, 8 or 16 actors\n");
      std::abort();
  }
}

rl::test_params params_of(const Limits& limits, std::ostream& progress, std::ostream& history) {
  rl::test_params params;
  params.progress_stream = &progress;
  params.output_stream = &history;
  params.execution_depth_limit = ~0U >> 1;  // Turns counts
  params.collect_history = limits.trace;
  params.search_type = rl::sched_random;  // any will do: Guided makes the choices
  return params;
}

// Variables that lie in place are known to Relacy by another address. And what comes after all
// actors wait in vain is only more of the same.
void complete(History& history, const Exploration& exploration) {
  for (HistoryEvent& event : history) {
    if (event.address != nullptr) event.address = Records::all().address_of(event.address);
  }
  if (!exploration.turns.in_vain()) return;
  const auto last = std::find_if(history.rbegin(), history.rend(), [](const HistoryEvent& event) {
    return event.text == all_wait_text;
  });
  if (last != history.rend()) history.erase(last.base(), history.end());
}

ModelResult result_of(rl::test_result_e verdict, const Exploration& exploration) {
  ModelResult result;
  result.passed = verdict == rl::test_result_success && !exploration.diverged;
  result.exhausted = exploration.exhausted;
  result.executions = exploration.executions;
  result.executions_with = exploration.executions_with;
  result.stopped = exploration.executions_stopped;
  result.discarded = exploration.executions_discarded;
  result.guessed = exploration.executions_guessed;
  result.schedule = exploration.record.get();
  if (exploration.diverged) {
    result.oracle = "nondeterminism";
    result.failure = "the same choices led to another execution";
  } else if (!result.passed) {
    ++result.executions;
    const FailureReason reason = failure_reason(verdict, exploration);
    result.oracle = reason.oracle;
    result.failure = reason.message;
  }
  return result;
}

}  // namespace

ModelResult explore(ModelTest& test, unsigned actors, Strategy& strategy, const Limits& limits,
                    ScheduleRecord* record) {
  static ScheduleRecord own_record;
  // Never destroyed: a subject that ends the process would free what is not Relacy's.
  static auto& latest = *new std::optional<Exploration>;
  const Exploration& exploration =
      latest.emplace(test, strategy, limits, record == nullptr ? own_record : *record);
  Exploration::current = &*latest;
  if (!strategy.begin()) {
    ModelResult nothing_left;
    nothing_left.passed = nothing_left.exhausted = true;
    return nothing_left;
  }
  std::ostream silent(nullptr);
  rl::ostringstream history;
  rl::test_params params = params_of(limits, silent, history);
  const auto start = std::chrono::steady_clock::now();
  const rl::test_result_e verdict = simulate(actors, params);
  test.left();
  const double seconds = in_seconds(std::chrono::steady_clock::now() - start);
  ModelResult result = result_of(verdict, exploration);
  result.seconds = seconds;
  if (!result.passed && !exploration.diverged) {
    const rl::string text = history.str();
    result.history = read_history({text.data(), text.size()});
    complete(result.history, exploration);
    if (!latest->events_told.empty()) result.history = std::move(latest->events_told);
    if (limits.trace) test.place(result.history);
  }
  return result;
}

void add_plain_bytes(StateHash& hash, std::span<const std::byte> bytes) {
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  for (const KnownObject& known : Exploration::current->objects.all()) {
    if (known.at < at || known.at >= end) continue;
    hash.add(at, static_cast<std::size_t>(known.at - at));
    at = known.end();
  }
  hash.add(at, static_cast<std::size_t>(end - at));
}

void require(bool ok, const char* oracle, const char* message, std::source_location where) {
  if (ok) return;
  Exploration::current->oracle = oracle;
  Exploration::current->message = message;
  rl::ctx().fail_test(message, rl::test_result_user_assert_failed, to_relacy(where));
}

const std::array<std::uint64_t, event_kinds>& executions_with_events() {
  return Exploration::current->executions_with;
}

std::uint32_t model_choice(std::uint32_t n) { return n == 1 ? 0 : rl::rand(n); }

void model_fine_step() { fine_step_here(); }

bool model_guessed() { return Exploration::current->guessed; }
bool model_stops_one_actor() { return Exploration::current->limits.stop_one_actor; }

void model_begins(unsigned actor) { Exploration::current->later.not_begun &= ~bit(actor); }
void model_blocks(unsigned actor) { Exploration::current->later.blocked |= bit(actor); }
void model_unblocks(unsigned actor) { Exploration::current->later.blocked &= ~bit(actor); }
void model_ends() { Exploration::current->later.over = true; }
void model_discards() { Exploration::current->later.discarded = true; }
bool model_is_discarded() { return Exploration::current->later.discarded; }
bool model_is_over() { return Exploration::current->later.over; }

void model_event(HistoryEvent event) {
  const HostHeapScope outside;
  Exploration::current->events_told.push_back(std::move(event));
}

bool model_is_traced() { return rl::ctx().collecting_history(); }

void model_note(const char* text, std::source_location where) {
  if (model_is_traced()) rl::ctx().exec_log_msg(to_relacy(where), text);
}

}  // namespace poolproof
