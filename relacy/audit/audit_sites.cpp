#include "audit_sites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "harness/base/process.hpp"
#include "harness/base/time.hpp"
#include "relacy/adapter/orders.hpp"
#include "relacy/search/random_strategy.hpp"

namespace poolproof {

namespace {

constexpr std::uint64_t executions = 3000;
constexpr std::chrono::seconds timeout(5);

struct Reached {
  std::string path;
  SourceOrder order;
};

// The orders that the executions of one model reach, as JSON. An execution that fails ends a
// search, so the next seed goes on.
std::string reach(const AuditConfig& config, const Scope& scope, const MakeModel& make) {
  const std::unique_ptr<ModelTest> model = make(scope);
  const Orders::Noted noted;
  const auto deadline = Clock::now() + timeout / 2;
  Limits limits;
  std::uint64_t done = 0;
  for (std::uint64_t seed = config.seed; done < executions; ++seed) {
    if (Clock::now() >= deadline) break;
    limits.executions = executions - done;
    limits.stop = [&](std::uint64_t) { return Clock::now() >= deadline; };
    RandomStrategy strategy(seed, {});
    done += explore(*model, scope.actors, strategy, limits).executions;
  }
  nlohmann::json json = nlohmann::json::array();
  for (const ReachedOrder& one : noted.all()) {
    json.push_back({one.where.path, one.where.line, one.where.column, one.on_failure,
                    static_cast<int>(one.written), one.operation});
  }
  return json.dump();
}

std::vector<Reached> reached_by(const AuditConfig& config, const Scope& scope,
                                const MakeModel& make) {
  const auto text = in_child([&] { return reach(config, scope, make); }, timeout).text;
  std::vector<Reached> all;
  if (!text) return all;  // the search will find out why
  for (const auto& json : nlohmann::json::parse(*text)) {
    Reached one;
    one.path = json.at(0);
    one.order.place.file = file_name(one.path);
    one.order.place.line = json.at(1);
    one.order.place.column = json.at(2);
    one.order.place.on_failure = json.at(3);
    one.order.written = static_cast<std::memory_order>(json.at(4).get<int>());
    one.order.operation = json.at(5);
    all.push_back(std::move(one));
  }
  return all;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The numbered paragraphs of a file. Paragraphs for x_impl.hpp may be in x.hpp, which may be in one
// of the two folders above.
std::map<std::string, std::string> paragraphs_for(const std::string& path,
                                                  const std::string& text) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> all = read_paragraphs(text);
  const std::string name = fs::path(path).filename().string();
  const std::size_t impl = name.rfind("_impl.");
  if (impl == std::string::npos) return all;
  const std::string header = name.substr(0, impl) + name.substr(impl + 5);
  const fs::path folder = fs::path(path).parent_path();
  for (const fs::path& place : {folder, folder / "..", folder / "../.."}) {
    if (const auto more = read_file((place / header).string())) all.merge(read_paragraphs(*more));
  }
  return all;
}

bool is_before(const AuditSite& a, const AuditSite& b) {
  const auto key = [](const OrderPlace& place) {
    return std::tie(place.file, place.line, place.column, place.on_failure);
  };
  return key(a.source.place) < key(b.source.place);
}

// Was the order read amiss from a program's code, and executions came to the operation?
bool is_reached_as_another(const AuditSite& site, const std::vector<Reached>& reached) {
  const SourceOrder& listed = site.source;
  return std::any_of(reached.begin(), reached.end(), [&](const Reached& one) {
    return one.order.operation == listed.operation && one.order.place.line == listed.place.line &&
           one.order.place.file == listed.place.file &&
           one.order.place.column != listed.place.column && one.order.written != listed.written;
  });
}

void add_source(const std::string& path, AuditSites& all) {
  const auto text = read_file(path);
  if (!text) {
    all.notes.push_back(fmt::format(
        "{} cannot be read: orders in it that no execution came to are not listed", path));
    return;
  }
  const auto paragraphs = paragraphs_for(path, *text);
  for (SourceOrder& order : read_orders(file_name(path), *text)) {
    AuditSite site;
    if (const auto found = paragraphs.find(order.number); found != paragraphs.end()) {
      site.kept = kept_because(found->second);
    }
    site.source = std::move(order);
    all.sites.push_back(std::move(site));
  }
}

}  // namespace

bool says_nothing(const CheckFailure& failure) {
  return failure.oracle == "nondeterminism" || failure.oracle == "progress" ||
         failure.oracle == "unsupported" || failure.oracle == "threads";
}

AuditSites find_sites(const AuditConfig& config, const AuditSubject& subject) {
  std::vector<Reached> reached;
  for (const std::string& scenario : config.scenarios) {
    std::vector<Reached> more =
        reached_by(config, subject.scope(scenario, config.scope), subject.make(scenario));
    std::move(more.begin(), more.end(), std::back_inserter(reached));
  }
  AuditSites all;
  for (const SourceOrder& order : subject.listed) all.sites.emplace_back().source = order;
  std::vector<std::string> paths;
  for (const Reached& one : reached) {
    if (subject.is_program) break;  // what stands in its source may not be compiled
    if (std::find(paths.begin(), paths.end(), one.path) != paths.end()) continue;
    paths.push_back(one.path);
    add_source(one.path, all);
  }
  for (const Reached& one : reached) {
    const auto known = std::find_if(all.sites.begin(), all.sites.end(), [&](const AuditSite& site) {
      return site.source.place == one.order.place;
    });
    if (known != all.sites.end()) {
      known->reached = true;
      known->verdict = AuditSite::Verdict::not_tried;
      known->source.written = one.order.written;
      continue;
    }
    AuditSite site;  // in a file that cannot be read, or that has changed
    site.source = one.order;
    site.reached = true;
    site.verdict = AuditSite::Verdict::not_tried;
    all.sites.push_back(std::move(site));
  }
  std::erase_if(all.sites, [&](const AuditSite& site) {
    return !site.reached &&
           (!site.source.spelt_out || (subject.is_program && is_reached_as_another(site, reached)));
  });
  std::sort(all.sites.begin(), all.sites.end(), is_before);
  return all;
}

}  // namespace poolproof
