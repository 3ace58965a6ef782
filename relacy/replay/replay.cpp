#include "replay.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "harness/base/output.hpp"
#include "harness/base/process.hpp"
#include "harness/check/trace_json.hpp"
#include "harness/subjects/subjects.hpp"
#include "relacy/adapter/execution/sudden_end.hpp"
#include "relacy/adapter/orders.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/schedule.hpp"
#include "relacy/search/random_strategy.hpp"
#include "relacy/trace/names.hpp"
#include "relacy/trace/story/make_trace.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds timeout(20);

Json describe(const ModelTest& model, const ModelResult& result, const Token& token, bool fits,
              const TraceLook& look) {
  const auto outcome = !result.passed ? Replay::Outcome::failed
                       : fits         ? Replay::Outcome::passed
                                      : Replay::Outcome::changed;
  Json json = {{"outcome", outcome}};
  if (result.passed) return json;
  Names names;
  model.describe(names);
  const Subject* subject = find_subject(token.allocator);
  if (subject != nullptr && subject->sight == Sight::atomics) names.plain_is_unseen();
  const Trace trace = make_trace(result.history, names, result.oracle, result.failure);
  json["oracle"] = result.oracle;
  json["message"] = result.failure;
  json["preemptions"] = preemptions(result.schedule);
  json["events"] = trace.events.size();
  json["story"] = trace.story;
  json["trace"] = printable(trace_text(trace, token.scope.actors, look), look.colour);
  json["trace_json"] = trace_json(trace);
  return json;
}

// In the child: an execution may crash. What is said of it comes back as JSON.
std::string execute(const Token& token, const MakeModel& make, const TraceLook& look) {
  const Orders::Changed changed(token.change ? &*token.change : nullptr);
  const std::unique_ptr<ModelTest> model = make(token.scope);
  Limits limits{.executions = 1,
                .stale_reads = token.stale_reads,
                .memory = token.memory,
                .stop_one_actor = token.stop_one_actor,
                .trace = true};
  ModelResult result;
  bool fits = true;
  const SuddenEnd caught;
  if (token.execution != 0) {
    RandomStrategy strategy(token.seed, {.first = token.execution, .last = token.execution});
    result = explore(*model, token.scope.actors, strategy, limits);
  } else {
    ReplayStrategy strategy(token.schedule);
    result = explore(*model, token.scope.actors, strategy, limits);
    fits = strategy.fits();
  }
  fits = fits && changed.applied();
  return describe(*model, result, token, fits, look)
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Replay replay(const Token& token, const MakeModel& make, const TraceLook& look) {
  Replay replay;
  replay.failure.scope = token.scope;
  const ChildAnswer answer = in_child([&] { return execute(token, make, look); }, timeout);
  if (!answer.text) {
    replay.outcome = answer.outside ? Replay::Outcome::lost : Replay::Outcome::failed;
    replay.failure.oracle = "crash";
    replay.failure.message = answer.outside.value_or(answer.death);
    return replay;
  }
  Json json = Json::parse(*answer.text);
  replay.outcome = json.at("outcome").get<Replay::Outcome>();
  if (replay.outcome != Replay::Outcome::failed) return replay;
  json.at("oracle").get_to(replay.failure.oracle);
  json.at("message").get_to(replay.failure.message);
  json.at("preemptions").get_to(replay.failure.preemptions);
  json.at("events").get_to(replay.failure.events);
  json.at("story").get_to(replay.failure.story);
  json.at("trace").get_to(replay.failure.trace);
  replay.failure.trace_json =
      std::make_shared<const TraceJson>(TraceJson{std::move(json.at("trace_json"))});
  return replay;
}

}  // namespace poolproof
