#include "model_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "budget.hpp"
#include "harness/base/text.hpp"
#include "harness/subjects/subjects.hpp"

namespace poolproof {

namespace {

constexpr std::uint64_t least_executions = 1000;
constexpr std::uint32_t least_preemptions = 3;
constexpr double most_missed = 0.5;                // the chance to have missed a bug
constexpr std::uint64_t many_executions = 10'000;  // of a search that does not know that chance
constexpr std::uint32_t least_actors = 3;
constexpr std::uint32_t least_blocks = 3;

struct SearchName {
  std::string_view name;
  CheckSearch::Kind kind;
  std::uint32_t least = 1;  // the smallest bound; above most if the search has none
  std::uint32_t most = 0;
  std::optional<std::uint32_t> usual{};  // the bound that is meant if none is given
};
using Kind = CheckSearch::Kind;
constexpr SearchName search_names[] = {
    {"random", Kind::random},
    {"walk", Kind::walk},
    {"pos", Kind::pos},
    {"selective", Kind::selective},
    {"handover", Kind::handover},
    {"pct", Kind::pct, 1, 20},
    {"departures", Kind::departures, 0, 100},
    {"preemptions", Kind::preemptions, 0, 100},
    {"exhaustive", Kind::exhaustive, 0, 9, 1},
    {"interleavings", Kind::interleavings},
    {"auto", Kind::automatic},
};

// Returns why the scope is too small for a PASS; empty if it is not.
std::string scope_doubt(const CheckConfig& config, const Subject& subject) {
  const bool pool = subject.family == Family::block;
  const Scope& scope = config.scope;
  if (scope.actors < least_actors || (pool && scope.blocks < least_blocks)) {
    return pool ? fmt::format(
                      "a scope of {} actors and {} block{} misses real bugs: a PASS needs at least "
                      "{} by {}",
                      scope.actors, scope.blocks, scope.blocks == 1 ? "" : "s", least_actors,
                      least_blocks)
                : fmt::format(
                      "a scope of {} actors misses real bugs: a PASS needs at least {} actors",
                      scope.actors, least_actors);
  }
  const bool counts =
      config.search.kind == Kind::preemptions || config.search.kind == Kind::departures;
  if (counts && config.search.bound < least_preemptions) {
    return fmt::format("{} does not suffice: the plain ABA bug needs {} preemptions",
                       format_search(config.search), least_preemptions);
  }
  return {};
}

std::string missed_doubt(const CheckConfig& config, const CheckReport& report,
                         const CheckSearched& pct) {
  const double done = static_cast<double>(pct.executions - pct.longer);
  std::string text = fmt::format(
      "the chance to have missed a bug that takes {} orderings of steps may be {:.0f} %, and a "
      "PASS "
      "needs one of at most {:.0f} %: ",
      pct.search.bound, 100 * pct.missed(), 100 * most_missed);
  if (!(pct.chance > 0) || !(done > 0)) return text + "search longer";
  const double wanted = std::log(most_missed) / std::log1p(-pct.chance);
  if (config.executions == 0) {
    return text + enough_budget(report.seconds, wanted, done) + " would be enough";
  }
  return text + fmt::format("--executions {:.0f} would be enough",
                            std::ceil(static_cast<double>(report.executions) * wanted / done));
}

// Of several depths the table shows this one, and a PASS rests on it.
constexpr std::uint32_t shown_depth = 3;

// Returns why the search may well have missed a bug; empty if it says enough.
std::string evidence_doubt(const CheckConfig& config, const CheckReport& report) {
  if (report.exhausted) return {};
  if (config.search.is_systematic()) {
    if (report.share >= 1 - most_missed) return {};
    return fmt::format(
        "{:.2g} % of the search was done, and a PASS needs half of it: {} would be "
        "enough",
        100 * report.share, enough_budget(report.seconds, 1 - most_missed, report.share));
  }
  const CheckSearched* pct = nullptr;
  for (const CheckSearched& part : report.searched) {
    const bool all_departures = part.search.kind == Kind::departures && part.exhausted;
    if (all_departures && part.search.bound >= least_preemptions) return {};
    if (part.search.kind == Kind::exhaustive && part.share >= 1 - most_missed) return {};
    if (part.search.kind != Kind::pct) continue;
    if (pct == nullptr || part.search.bound == shown_depth) pct = &part;
  }
  if (pct != nullptr) {
    return pct->missed() > most_missed ? missed_doubt(config, report, *pct) : "";
  }
  if (report.end_states.chance_of_new() <= most_missed) return {};
  if (report.executions >= many_executions) return {};
  return fmt::format(
      "one more execution would probably end in a new state ({:.0f} %): a PASS needs "
      "{} executions, or that this is less probable than 50 %",
      100 * report.end_states.chance_of_new(), many_executions);
}

// The budget in which the run would have made least_executions of them, at the rate that it had.
std::string enough(const CheckConfig& config, const CheckReport& report, std::uint64_t made) {
  const auto wanted = static_cast<double>(least_executions);
  const auto done = static_cast<double>(made);
  if (config.executions == 0) {
    return enough_budget(report.seconds, wanted, done) + " would be enough";
  }
  return fmt::format(
      "--executions {:.0f} would be enough",
      std::ceil(static_cast<double>(report.executions) * wanted / std::max(done, 1.0)));
}

// Returns why too few actors were stopped to say that nobody waits for one; empty if they were not.
std::string progress_doubt(const CheckConfig& config, const CheckReport& report) {
  if (report.stopped == 0) return "in no execution an actor was stopped: search longer";
  if (report.exhausted || report.stopped >= least_executions) return {};
  return fmt::format("in only {} executions an actor was stopped: a PASS needs at least {}; {}",
                     report.stopped, least_executions, enough(config, report, report.stopped));
}

// Returns why the check has seen too little for a PASS; empty if it has not.
std::string search_doubt(const CheckConfig& config, const CheckReport& report,
                         const Subject& subject) {
  if (report.interrupted) return "interrupted";
  if (!report.exhausted && report.executions < least_executions) {
    return fmt::format(
        "only {} executions were made: a PASS needs at least {}, so search longer; {}",
        report.executions, least_executions, enough(config, report, report.executions));
  }
  if (config.lock_free) {
    const std::string doubt = progress_doubt(config, report);
    return doubt.empty() ? evidence_doubt(config, report) : doubt;
  }
  if (subject.aba_prone && report.aba_windows == 0) {
    return "no execution saw an ABA window, so the cure was never needed: search longer, or with "
           "more rounds";
  }
  return evidence_doubt(config, report);
}

}  // namespace

bool is_possible(const Scope& scope) {
  const auto within = [](std::uint32_t n, std::uint32_t least, std::uint32_t most) {
    return n >= least && n <= most;
  };
  return within(scope.actors, Scope::least_actors, Scope::most_actors) &&
         within(scope.blocks, 1, Scope::most_blocks) && within(scope.rounds, 1, Scope::most_rounds);
}

std::optional<CheckSearch> parse_search(const std::string& text) {
  for (const SearchName& known : search_names) {
    const bool has_bound = known.least <= known.most;
    if (text == known.name && (!has_bound || known.usual)) {
      return CheckSearch{known.kind, known.usual.value_or(0)};
    }
    if (!has_bound || !text.starts_with(known.name)) continue;
    const std::string_view rest = std::string_view(text).substr(known.name.size());
    if (rest.empty() || rest.front() != ':') continue;
    CheckSearch search{known.kind, 0};
    const char* end = rest.data() + rest.size();
    const auto parsed = std::from_chars(rest.data() + 1, end, search.bound);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    if (search.bound < known.least || search.bound > known.most) return std::nullopt;
    return search;
  }
  return std::nullopt;
}

std::string format_search(const CheckSearch& search) {
  for (const SearchName& known : search_names) {
    if (known.kind != search.kind) continue;
    return known.least <= known.most ? fmt::format("{}:{}", known.name, search.bound)
                                     : std::string(known.name);
  }
  return {};
}

std::optional<std::string> renamed_search(const std::string& text) {
  const std::string bounded = "bounded:";
  if (text == "full") return "interleavings";
  if (!text.starts_with(bounded)) return std::nullopt;
  const std::string now = "preemptions:" + text.substr(bounded.size());
  return parse_search(now) ? std::optional(now) : std::nullopt;
}

std::string program_command(const CheckConfig& config) {
  std::string command = fmt::format("{} program {} --search {} -b {} --seed {} --jobs {}",
                                    program_name(), config.allocator, format_search(config.search),
                                    format_duration(config.budget), config.seed, config.jobs);
  if (config.executions != 0) command += fmt::format(" --executions {}", config.executions);
  if (config.memory == Memory::relacy) command += " --memory relacy";
  return config.arguments.empty() ? command : command + " -- " + config.arguments;
}

std::string check_command(const CheckConfig& config) {
  if (config.scenario == program_scenario) return program_command(config);
  std::string command = fmt::format(
      "{} check -a {} -s {} --actors {} --blocks {} --rounds {} --search {} -b {} --seed {} --jobs "
      "{}",
      program_name(), config.allocator, config.scenario, config.scope.actors, config.scope.blocks,
      config.scope.rounds, format_search(config.search), format_duration(config.budget),
      config.seed, config.jobs);
  if (config.memory == Memory::relacy) command += " --memory relacy";
  if (config.lock_free) command += " --lock-free";
  if (config.shrink_limit == Nanoseconds(0)) command += " --no-shrink";
  if (config.executions != 0) command += fmt::format(" --executions {}", config.executions);
  if (config.shards != 1) command += fmt::format(" --shard {}/{}", config.shard, config.shards);
  return command;
}

std::string enough_budget(double seconds, double wanted, double done) {
  constexpr double reserve = 1.25;
  const double enough = done > 0 ? std::ceil(reserve * seconds * wanted / done) : 1e9;
  if (enough > 3'600'000) return "no -b of at most 1000h";
  return "-b " + format_duration(std::chrono::seconds(std::llround(std::max(1.0, enough))));
}

// Code that does what the check of code as it is cannot do is neither proved right nor wrong by
// that: the verdict is UNKNOWN.
void take_back_unsupported(CheckReport& report) {
  if (!report.failure || report.failure->oracle != "unsupported") return;
  report.verdict = Verdict::unknown;
  report.reason = report.failure->message;
  report.failure.reset();
}

void judge_program(const CheckConfig& config, CheckReport& report) {
  if (report.verdict != Verdict::pass) return;
  const bool none_counts = report.discarded >= report.executions;
  std::string doubt = none_counts ? "no execution counts: all were discarded, as assumptions or "
                                    "waiting without an end have it"
                                  : "";
  if (doubt.empty() && !report.exhausted && report.executions < least_executions) {
    doubt = fmt::format("only {} executions were made: a PASS needs at least {}, so search longer",
                        report.executions, least_executions);
  }
  if (doubt.empty()) doubt = evidence_doubt(config, report);
  if (doubt.empty()) return;
  report.verdict = Verdict::unknown;
  report.reason = std::move(doubt);
}

void judge_check(const CheckConfig& config, CheckReport& report) {
  take_back_unsupported(report);
  if (config.scenario == program_scenario) return judge_program(config, report);
  const Subject* subject = find_subject(config.allocator);
  if (report.verdict != Verdict::pass || subject == nullptr) return;
  std::string doubt;
  if (!subject->sound) {
    doubt = "no violation was seen; a broken allocator is never a PASS: search longer";
  }
  if (doubt.empty()) doubt = scope_doubt(config, *subject);
  if (doubt.empty()) doubt = search_doubt(config, report, *subject);
  if (doubt.empty()) return;
  report.verdict = Verdict::unknown;
  report.reason = std::move(doubt);
}

}  // namespace poolproof
