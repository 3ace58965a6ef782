#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <random>
#include <span>
#include <thread>

#include "ledger.hpp"
#include "subjects.hpp"
#include "text.hpp"

namespace poolproof {

namespace {

constexpr std::uint32_t most_threads = 1024;
// A small pool recycles its blocks sooner, and meets ABA more often.
constexpr std::uint32_t blocks_per_thread = 8;
constexpr std::uint32_t most_blocks = 1 << 20;
constexpr std::uint32_t most_block_size = 1 << 20;
constexpr std::uint64_t most_pool_bytes = 1ULL << 28;
static_assert(most_threads + 1 < Ledger::rest_owner);

// The options as they were typed: numbers are checked here, so that one kind of message serves all.
struct StressOptions {
  std::vector<std::string> allocators;
  std::vector<std::string> scenarios;
  std::string threads = "all";
  std::string budget = "10s";
  std::string seed;
  std::string blocks;
  std::string block_size = "64";
  std::string chaos = "light";
  bool keep_going = false;
  bool json = false;
};

std::uint64_t parse_number(const char* option, const std::string& text, std::uint64_t least,
                           std::uint64_t most) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) {
    throw UsageError(
        fmt::format("{} '{}': a whole number from {} to {} is wanted", option, text, least, most));
  }
  return number;
}

std::uint32_t parse_small(const char* option, const std::string& text, std::uint32_t most) {
  return static_cast<std::uint32_t>(parse_number(option, text, 1, most));
}

std::uint32_t parse_threads(const std::string& text) {
  if (text != "all") {
    return text.find_first_not_of("0123456789") == std::string::npos
               ? parse_small("--threads", text, most_threads)
               : throw UsageError(
                     fmt::format("--threads '{}': 'all' or a whole number from 1 to {} is wanted",
                                 text, most_threads));
  }
  return std::clamp(std::thread::hardware_concurrency(), 2U, most_threads);
}

void check_names(const char* option, const std::vector<std::string>& chosen,
                 const std::vector<std::string_view>& known) {
  for (const std::string& name : chosen) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest_names(name, known);
    throw UsageError(fmt::format("{} '{}': no such name; {}", option, name,
                                 near.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                              : fmt::format("did you mean {}?", near)));
  }
}

std::vector<std::string_view> subject_names() {
  std::vector<std::string_view> names;
  for (const Subject* subject : subjects()) names.push_back(subject->name);
  return names;
}

std::vector<std::string_view> scenario_names() {
  std::vector<std::string_view> names;
  for (const ScenarioInfo& info : scenarios()) names.push_back(info.name);
  return names;
}

std::string_view name_of(Family family) { return family == Family::block ? "block" : "linear"; }

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

RunConfig common_config(const StressOptions& options) {
  RunConfig config;
  config.threads = parse_threads(options.threads);
  const auto budget = parse_duration(options.budget);
  if (!budget) {
    throw UsageError(fmt::format("--budget '{}': a duration such as 500ms, 10s, 2m or 1h is wanted",
                                 options.budget));
  }
  config.budget = *budget;
  config.seed = options.seed.empty() ? std::random_device{}()
                                     : parse_number("--seed", options.seed, 0, ~std::uint64_t{0});
  config.blocks = options.blocks.empty() ? blocks_per_thread * config.threads
                                         : parse_small("--blocks", options.blocks, most_blocks);
  config.block_size = parse_small("--block-size", options.block_size, most_block_size);
  if (std::uint64_t{config.blocks} * config.block_size > most_pool_bytes) {
    throw UsageError(fmt::format("--blocks {} times --block-size {} is above 256 MiB: choose less",
                                 config.blocks, config.block_size));
  }
  const auto chaos = parse_chaos(options.chaos);
  if (!chaos) {
    throw UsageError(
        fmt::format("--chaos '{}': off, light, heavy, or 1/N with N from 1 to 1000000 is wanted",
                    options.chaos));
  }
  config.chaos_one_in = *chaos;
  config.keep_going = options.keep_going;
  return config;
}

CampaignConfig plan(const StressOptions& options) {
  check_names("--allocator", options.allocators, subject_names());
  check_names("--scenario", options.scenarios, scenario_names());
  const RunConfig common = common_config(options);
  CampaignConfig campaign;
  campaign.seed = common.seed;
  campaign.json = options.json;
  for (const Subject* subject : subjects()) {
    const bool wanted =
        options.allocators.empty() ? subject->sound : contains(options.allocators, subject->name);
    if (!wanted) continue;
    for (const ScenarioInfo& info : scenarios()) {
      if (!options.scenarios.empty() && !contains(options.scenarios, info.name)) continue;
      RunConfig config = common;
      config.allocator = subject->name;
      config.scenario = info.name;
      if (subject->family == info.family) {
        campaign.runs.push_back(std::move(config));
      } else if (!options.allocators.empty() || !options.scenarios.empty()) {
        campaign.notes.push_back(fmt::format("{} {} is left out: {} is for {} allocators",
                                             subject->name, info.name, info.name,
                                             name_of(info.family)));
      }
    }
  }
  if (campaign.runs.empty()) {
    throw UsageError(
        "nothing to run: none of these scenarios is for any of these allocators; "
        "'poolproof list' shows which are");
  }
  return campaign;
}

void add_stress(CLI::App& app, StressOptions& options) {
  CLI::App* stress = app.add_subcommand(
      "stress", "Run allocators under scenarios on real threads, with oracles around every call");
  stress
      ->add_option("-a,--allocator", options.allocators,
                   "Allocators by name; default: all sound thread-safe ones")
      ->type_name("NAME...")
      ->delimiter(',');
  stress->add_option("-s,--scenario", options.scenarios, "Scenarios by name; default: all")
      ->type_name("NAME...")
      ->delimiter(',');
  stress
      ->add_option("-t,--threads", options.threads, "How many threads, or 'all' cores (at least 2)")
      ->type_name("N|all")
      ->capture_default_str();
  stress->add_option("-b,--budget", options.budget, "Time for each pair: 500ms, 10s, 2m, 1h")
      ->type_name("TIME")
      ->capture_default_str();
  stress->add_option("--seed", options.seed, "Seed of every random choice; default: a new one")
      ->type_name("N");
  stress
      ->add_option("--blocks", options.blocks,
                   "Blocks in the pool; default: 8 for each thread (linear ones: always 64 KiB)")
      ->type_name("N");
  stress->add_option("--block-size", options.block_size, "Bytes; of linear ones, the largest piece")
      ->type_name("N")
      ->capture_default_str();
  stress
      ->add_option("--chaos", options.chaos,
                   "Injected delays: off, light (before one CAS in 64), heavy (in 8), or 1/N")
      ->type_name("LEVEL")
      ->capture_default_str();
  stress->add_flag("--keep-going", options.keep_going,
                   "After a violation go on with a new pool, and count");
  stress->add_flag("--json", options.json, "Results as JSON");
  stress->footer(
      "Exit status: 0 all PASS, 1 a FAIL, 3 no FAIL but an UNKNOWN, 2 wrong usage.\n"
      "Examples:\n"
      "  poolproof stress -b 1m\n"
      "  poolproof stress -a lockless,deferred -s random -t 8 --chaos heavy\n"
      "  poolproof stress -a specimen.no_nonce -s random    # must FAIL");
}

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Pool allocators, and the harness that proves them", "poolproof");
  app.set_version_flag("--version", "poolproof " POOLPROOF_VERSION);
  app.require_subcommand(1);
  StressOptions options;
  add_stress(app, options);
  bool list_as_json = false;
  CLI::App* list = app.add_subcommand("list", "Show the allocators and the scenarios");
  list->add_flag("--json", list_as_json, "As JSON");

  if (argc > 1 && argv[1][0] != '-') {
    check_names("command", {argv[1]}, {"stress", "list"});
  }
  Command command;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      app.exit(error);  // prints help or version
      return command;
    }
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    throw UsageError(message + "; 'poolproof --help' shows what there is");
  }
  if (list->parsed()) {
    command.verb = Command::Verb::list;
    command.json = list_as_json;
  } else {
    command.verb = Command::Verb::stress;
    command.json = options.json;
    command.campaign = plan(options);
  }
  return command;
}

}  // namespace poolproof
