#include "check_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "harness/base/usage_error.hpp"
#include "report_options.hpp"

namespace poolproof {

namespace {

constexpr std::uint32_t most_jobs = 256;
constexpr std::uint32_t most_shards = 100'000;

CheckSearch parse_search_option(const std::string& text) {
  if (const auto search = parse_search(text)) return *search;
  if (const auto now = renamed_search(text)) {
    throw UsageError(fmt::format("--search {} is now {}", text, *now));
  }
  throw UsageError(fmt::format(
      "--search '{}': auto, random, walk, pos, selective, handover, pct:D with D from 1 to 20, "
      "departures:K or preemptions:K with K from 0 to 100, exhaustive, exhaustive:S with S from 0 "
      "to 9, "
      "or interleavings is wanted",
      text));
}

Memory parse_memory(const std::string& text) {
  if (text == "cpp20") return Memory::cpp20;
  if (text == "relacy") return Memory::relacy;
  throw UsageError(fmt::format("--memory '{}': cpp20 or relacy is wanted", text));
}

// "2/5": the second of five.
void parse_shard(const std::string& text, CheckConfig& config) {
  const char* end = text.data() + text.size();
  const auto shard = std::from_chars(text.data(), end, config.shard);
  if (shard.ec == std::errc() && shard.ptr != end && *shard.ptr == '/') {
    const auto shards = std::from_chars(shard.ptr + 1, end, config.shards);
    if (shards.ec == std::errc() && shards.ptr == end && config.shard >= 1 &&
        config.shard <= config.shards && config.shards <= most_shards) {
      return;
    }
  }
  throw UsageError(
      fmt::format("--shard '{}': I/N with whole numbers I from 1 to N and N from 1 to {} is wanted",
                  text, most_shards));
}

void check_resume(const CheckOptions& options, const CheckConfig& config) {
  if (options.resume.empty()) return;
  if (!config.search.is_systematic()) {
    throw UsageError(
        fmt::format("--resume '{}': a random search has no state to keep; it goes with --search "
                    "departures:K, preemptions:K, exhaustive or interleavings",
                    options.resume));
  }
  if (options.seed.empty()) {
    throw UsageError(fmt::format(
        "--resume '{}': a search goes on only with the seed that it began with; give a --seed",
        options.resume));
  }
}

}  // namespace

CheckConfig common_config(const CheckOptions& options) {
  CheckConfig config;
  config.scope.actors =
      parse_small("--actors", options.actors, Scope::least_actors, Scope::most_actors);
  config.scope.blocks = parse_small("--blocks", options.blocks, 1, Scope::most_blocks);
  config.scope.rounds = parse_small("--rounds", options.rounds, 1, Scope::most_rounds);
  config.search = parse_search_option(options.search);
  config.memory = parse_memory(options.memory);
  config.lock_free = options.lock_free;
  if (config.lock_free && config.search.kind == CheckSearch::Kind::exhaustive) {
    throw UsageError(
        "--lock-free with --search exhaustive: its executions stand for others in which the actor "
        "would stop elsewhere; take auto, random, walk, pos, selective, handover, pct:D, "
        "departures:K, "
        "preemptions:K or interleavings");
  }
  config.budget = parse_budget(options.budget);
  if (!options.executions.empty()) {
    config.executions = parse_number("--executions", options.executions, 1, ~std::uint64_t{0});
  }
  if (options.no_shrink) config.shrink_limit = Nanoseconds(0);
  config.jobs = parse_cores("--jobs", options.jobs, 1, most_jobs);
  parse_shard(options.shard, config);
  if (config.shards > 1 && options.seed.empty()) {
    throw UsageError(fmt::format(
        "--shard '{}': only shards of one seed make a whole; give all of them the same --seed",
        options.shard));
  }
  check_resume(options, config);
  config.seed = parse_seed(options.seed);
  return config;
}

void add_search_options(CLI::App& check, CheckOptions& options) {
  check
      .add_option(
          "--search", options.search,
          "auto: the others in turn, and all of exhaustive if that is near. At random: random; "
          "walk, every interleaving about as often; pos, every order of racing accesses; "
          "selective, every order at one object; handover, actors that take turns after each "
          "write; pct:D, which finds bugs of depth D. Systematic: "
          "preemptions:K, all schedules "
          "with at most K preemptions; departures:K, all executions with at most K departures from "
          "the plain course: preemptions, steps of a load to an older store, weak CAS that fail "
          "spuriously; exhaustive:S, all executions that differ in more than the order of "
          "independent steps, with at most S spurious CAS failures of each actor; interleavings, "
          "every order of steps")
      ->type_name(
          "auto|random|walk|pos|selective|handover|pct:D|departures:K|preemptions:K|exhaustive|"
          "exhaustive:S|"
          "interleavings")
      ->capture_default_str();
  check
      .add_option("--memory", options.memory,
                  "cpp20: all that C++20 allows, but for load buffering; relacy: the memory of "
                  "Relacy, a second opinion, in which modification order is the order of steps")
      ->type_name("cpp20|relacy")
      ->capture_default_str();
  check.add_flag(
      "--lock-free", options.lock_free,
      "Stop one actor for good at any of its steps: the others must finish. Pools do not "
      "grow, and actors keep their handles");
  check.add_option("-b,--budget", options.budget, "Time for each pair: 500ms, 10s, 2m, 1h")
      ->type_name("TIME")
      ->capture_default_str();
  check
      .add_option("--executions", options.executions,
                  "At most N for each pair, by all jobs and shards together; default: no limit")
      ->type_name("N");
  check.add_option("--seed", options.seed, "Seed of the search; default: a new one")
      ->type_name("N");
  check.add_flag("--no-shrink", options.no_shrink, "Do not shrink a failure");
}

void add_work_options(CLI::App& check, CheckOptions& options) {
  check.add_option("--jobs", options.jobs, "Processes that search at once, or 'all' cores")
      ->type_name("N|all")
      ->capture_default_str();
  check
      .add_option("--shard", options.shard,
                  "The I-th of N parts of the search, for N machines; needs --seed")
      ->type_name("I/N")
      ->capture_default_str();
  check
      .add_option(
          "--resume", options.resume,
          "Keep the state of a systematic search in this file, and go on from it if the file "
          "is there; needs --seed")
      ->type_name("FILE");
  check.add_flag("--json", options.json, "Results as JSON");
  add_progress_json(check, options.progress_json);
  add_report_option(check, options.report);
}

void add_scope_options(CLI::App& verb, CheckOptions& options) {
  verb.add_option("--actors", options.actors, "How many actors: 2 to 4")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option(
          "--blocks", options.blocks,
          "Blocks in the pool: 1 to 8 (linear ones: two bytes each; of any size: two units)")
      ->type_name("N")
      ->capture_default_str();
  verb.add_option("--rounds", options.rounds, "Steps that each actor takes: 1 to 100")
      ->type_name("N")
      ->capture_default_str();
}

void refuse_renamed_option(std::string_view argument) {
  if (argument.substr(0, argument.find('=')) == "--progress") {
    throw UsageError("--progress is now --lock-free");
  }
}

void add_check(CLI::App& app, CheckOptions& options) {
  CLI::App& check = *app.add_subcommand(
      "check", "Search the executions of allocators under scenarios with a model checker");
  add_pair_options(check, options.pairs,
                   "Allocators by name; default: all sound model-checked ones");
  add_scope_options(check, options);
  add_search_options(check, options);
  add_work_options(check, options);
  check.footer(
      "Exit status: 0 all PASS, 1 a FAIL, 3 no FAIL but an UNKNOWN, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof check -b 10s\n"
      "  poolproof check -a deferred -s random --search preemptions:3 -b 1h\n"
      "  poolproof check -a lockless --search preemptions:3 --seed 1 --shard 2/5\n"
      "  poolproof check -a lockless -s churn --rounds 1 --search exhaustive\n"
      "  poolproof check -a lockless,deferred --lock-free   # is it lock-free?\n"
      "  poolproof check -a specimen.no_nonce    # must FAIL");
}

CheckCampaign plan_check(const CheckOptions& options, Engine engine) {
  Selection selection = select_pairs(options.pairs, engine);
  const CheckConfig common = common_config(options);
  CheckCampaign campaign;
  campaign.seed = common.seed;
  campaign.json = options.json;
  campaign.progress_json = options.progress_json;
  campaign.report = options.report;
  campaign.resume = options.resume;
  campaign.notes = std::move(selection.notes);
  for (const Pair& pair : selection.pairs) {
    campaign.runs.push_back(common);
    campaign.runs.back().allocator = pair.subject->name;
    campaign.runs.back().scenario = pair.scenario->name;
  }
  return campaign;
}

}  // namespace poolproof
