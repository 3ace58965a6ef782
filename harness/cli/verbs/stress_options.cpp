#include "stress_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"
#include "harness/oracles/ledger.hpp"
#include "report_options.hpp"

namespace poolproof {

namespace {

constexpr std::uint32_t most_threads = 1024;
// A small pool recycles its blocks sooner, and so meets ABA more often.
constexpr std::uint32_t blocks_per_thread = 8;
constexpr std::uint32_t most_blocks = 1 << 20;
constexpr std::uint32_t most_block_size = 1 << 20;
constexpr std::uint64_t most_pool_bytes = 1ULL << 28;
static_assert(most_threads + 1 < Ledger::rest_owner);

std::uint32_t parse_chaos_option(const std::string& text) {
  if (const auto chaos = parse_chaos(text)) return *chaos;
  throw UsageError(fmt::format(
      "--chaos '{}': off, light, heavy, or 1/N with N from 1 to 1000000 is wanted", text));
}

RunConfig common_config(const StressOptions& options) {
  RunConfig config;
  config.threads = parse_cores("--threads", options.threads, 2, most_threads);
  config.budget = parse_budget(options.budget);
  config.seed = parse_seed(options.seed);
  config.blocks = options.blocks.empty() ? blocks_per_thread * config.threads
                                         : parse_small("--blocks", options.blocks, 1, most_blocks);
  config.block_size = parse_small("--block-size", options.block_size, 1, most_block_size);
  if (std::uint64_t{config.blocks} * config.block_size > most_pool_bytes) {
    throw UsageError(fmt::format("--blocks {} times --block-size {} is above 256 MiB: choose less",
                                 config.blocks, config.block_size));
  }
  config.chaos_one_in = parse_chaos_option(options.chaos);
  config.keep_going = options.keep_going;
  return config;
}

void add_pool_options(CLI::App& stress, StressOptions& options) {
  stress
      .add_option("--blocks", options.blocks,
                  "Blocks in the pool; default: 8 for each thread (linear ones, and those for any "
                  "size: always 64 KiB, or more for many threads)")
      ->type_name("N");
  stress
      .add_option("--block-size", options.block_size,
                  "Bytes; of linear ones, the largest piece; of those for any size, a 16th of it")
      ->type_name("N")
      ->capture_default_str();
}

void add_run_options(CLI::App& stress, StressOptions& options) {
  stress
      .add_option("-t,--threads", options.threads, "How many threads, or 'all' cores (at least 2)")
      ->type_name("N|all")
      ->capture_default_str();
  stress.add_option("-b,--budget", options.budget, "Time for each pair: 500ms, 10s, 2m, 1h")
      ->type_name("TIME")
      ->capture_default_str();
  stress.add_option("--seed", options.seed, "Seed of every random choice; default: a new one")
      ->type_name("N");
}

void add_fault_options(CLI::App& stress, StressOptions& options) {
  stress
      .add_option("--chaos", options.chaos,
                  "Injected delays: off, light (before one CAS in 64), heavy (in 8), or 1/N")
      ->type_name("off|light|heavy|1/N")
      ->capture_default_str();
  stress.add_flag("--keep-going", options.keep_going,
                  "After a violation go on with a new pool, and count");
  stress.add_flag("--json", options.json, "Results as JSON");
  add_progress_json(stress, options.progress_json);
  add_report_option(stress, options.report);
}

}  // namespace

void add_stress(CLI::App& app, StressOptions& options) {
  CLI::App& stress = *app.add_subcommand(
      "stress", "Run allocators under scenarios on real threads, with oracles around every call");
  add_pair_options(stress, options.pairs,
                   "Allocators by name; default: all sound thread-safe ones");
  add_run_options(stress, options);
  add_pool_options(stress, options);
  add_fault_options(stress, options);
  stress.footer(
      "Exit status: 0 all PASS, 1 a FAIL, 3 no FAIL but an UNKNOWN, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof stress -b 1m\n"
      "  poolproof stress -a lockless,deferred -s random -t 8 --chaos heavy\n"
      "  poolproof stress -a specimen.no_nonce -s random    # must FAIL");
}

CampaignConfig plan_stress(const StressOptions& options) {
  Selection selection = select_pairs(options.pairs, Engine::stress);
  const RunConfig common = common_config(options);
  CampaignConfig campaign;
  campaign.seed = common.seed;
  campaign.json = options.json;
  campaign.progress_json = options.progress_json;
  campaign.report = options.report;
  campaign.notes = std::move(selection.notes);
  for (const Pair& pair : selection.pairs) {
    campaign.runs.push_back(common);
    campaign.runs.back().allocator = pair.subject->name;
    campaign.runs.back().scenario = pair.scenario->name;
  }
  return campaign;
}

}  // namespace poolproof
