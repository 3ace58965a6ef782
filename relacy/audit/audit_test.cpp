// Audits: of small models whose orders are known to be needed or not, and of our allocators.
// Includes from below: program/reports.
#include "audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "relacy/adapter/atomics/relacy_backend.hpp"
#include "relacy/check/check_run.hpp"
#include "relacy/models/model_memory.hpp"
#include "relacy/program/reports/audit_report.hpp"

namespace poolproof {
namespace {

using Site = AuditSite::Verdict;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

// One actor hands a value over to another, by a flag.
struct Shared {
  RelacyVar<int> value{0};
  RelacyAtomic<unsigned> flag{0};
  RelacyAtomic<unsigned> other{0};
};

template <class Handover>
class HandoverModel final : public ModelTest {
 public:
  void before() override { shared_.make(); }
  void actor(unsigned index) override {
    if (index == 0) {
      shared_->value.set(1);
      Handover::give(*shared_);
    } else if (index == 1 && Handover::take(*shared_)) {
      require(shared_->value.get() == 1, "value", "the value is old");
    }
  }
  void after() override { shared_.destroy(); }

 private:
  ExecutionLocal<Shared> shared_;
};

AuditConfig short_audit() {
  AuditConfig config;
  config.allocator = "model";
  config.scenarios = {"test"};
  config.budget = std::chrono::seconds(2);
  config.jobs = 2;
  return config;
}

const std::atomic<bool> never{false};

template <class Handover>
MakeModel maker() {
  return [](const Scope&) { return std::make_unique<HandoverModel<Handover>>(); };
}

template <class Handover>
AuditReport audit() {
  return run_audit(
      short_audit(), [](const std::string&) { return maker<Handover>(); }, never);
}

// The site with this number; numbers are unique in this file but for failure orders.
const AuditSite& site(const AuditReport& report, const std::string& number, bool failure = false) {
  for (const AuditSite& one : report.sites) {
    if (one.source.number == number && one.source.place.on_failure == failure) return one;
  }
  ADD_FAILURE() << "no site " << number;
  static const AuditSite none;
  return none;
}

// The orders are spelt out, so that the audit finds in this text those that no execution reaches.
struct Sound {
  static void give(Shared& shared) { shared.flag.store(1, std::memory_order_release); }  // (S1)
  static bool take(Shared& shared) {
    return shared.flag.load(std::memory_order_acquire) == 1;  // (S2)
  }
};
struct TooStrong {
  static void give(Shared& shared) { shared.flag.store(1, std::memory_order_seq_cst); }  // (T1)
  static bool take(Shared& shared) {
    shared.other.fetch_add(1, std::memory_order_acq_rel);     // (T2)
    return shared.flag.load(std::memory_order_acquire) == 1;  // (T3)
  }
};
struct ByCas {
  static void give(Shared& shared) {
    unsigned none = 0;
    shared.flag.compare_exchange_strong(none, 1, std::memory_order_release,
                                        std::memory_order_relaxed);  // (C1)
  }
  static bool take(Shared& shared) {
    unsigned none = 2;
    shared.flag.compare_exchange_strong(none, 3, std::memory_order_acquire,
                                        std::memory_order_acquire);  // (C2)
    return none == 1;
  }
};
struct NotPublished {
  static void give(Shared& shared) { shared.flag.store(1, std::memory_order_relaxed); }  // (N1)
  static bool take(Shared& shared) {
    return shared.flag.load(std::memory_order_acquire) == 1;  // (N2)
  }
};
struct NothingOrdered {
  static void give(Shared& shared) { shared.flag.store(1, std::memory_order_relaxed); }  // (O1)
  static bool take(Shared& shared) {
    return shared.flag.load(std::memory_order_relaxed) == 1;  // (O2)
  }
};

TEST(Audit, ShowsWhatIsNeeded) {
  const AuditReport report = audit<Sound>();
  EXPECT_FALSE(report.failure);
  for (const char* number : {"S1", "S2"}) {
    const AuditSite& one = site(report, number);
    EXPECT_EQ(one.verdict, Site::needed);
    ASSERT_EQ(one.trials.size(), 1u);
    ASSERT_TRUE(one.trials[0].failure);
    EXPECT_EQ(one.trials[0].failure->oracle, "race");
  }
}

// Orders in the same file that no execution reaches.
TEST(Audit, ListsWhatIsNotReached) {
  const AuditReport report = audit<Sound>();
  EXPECT_EQ(site(report, "N1").verdict, Site::not_reached);
  EXPECT_EQ(site(report, "C1", true).verdict, Site::not_reached);
  EXPECT_EQ(verdict_of(report), Verdict::unknown);
}

TEST(Audit, FindsWhatIsTooStrong) {
  const AuditReport report = audit<TooStrong>();
  EXPECT_EQ(site(report, "T1").verdict, Site::not_shown);
  EXPECT_EQ(site(report, "T1").survivors, std::vector{release});
  EXPECT_EQ(site(report, "T2").verdict, Site::not_shown);
  EXPECT_EQ(site(report, "T2").survivors, std::vector{relaxed});
  EXPECT_EQ(site(report, "T3").verdict, Site::needed);
}

TEST(Audit, FailureOrdersAreSitesOfTheirOwn) {
  const AuditReport report = audit<ByCas>();
  EXPECT_EQ(site(report, "C1").verdict, Site::needed);
  EXPECT_EQ(site(report, "C1", true).verdict, Site::relaxed);
  EXPECT_EQ(site(report, "C2").verdict, Site::not_shown);  // it never succeeds
  EXPECT_EQ(site(report, "C2", true).verdict, Site::needed);
}

// The token carries the change: without it the same choices are harmless.
TEST(Audit, ACounterexampleCanBeReplayed) {
  const AuditReport report = audit<Sound>();
  Token token = read_token(site(report, "S1").trials.at(0).failure->token);
  ASSERT_TRUE(token.change);
  EXPECT_EQ(token.change->order, relaxed);
  EXPECT_EQ(run_replay(token, maker<Sound>()).verdict, Verdict::fail);
  const OrderChange change = *token.change;
  token.change.reset();
  EXPECT_EQ(run_replay(token, maker<Sound>()).verdict, Verdict::pass);
  token.change = change;
  token.change->place.line += 1000;
  EXPECT_EQ(run_replay(token, maker<Sound>()).verdict, Verdict::unknown);
}

TEST(Audit, FindsTheCure) {
  const AuditReport report = audit<NotPublished>();
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(verdict_of(report), Verdict::fail);
  EXPECT_EQ(report.failing_scenario, "test");
  EXPECT_EQ(site(report, "N1").verdict, Site::cure);
  EXPECT_EQ(site(report, "N1").survivors, std::vector{release});
  EXPECT_EQ(site(report, "N2").verdict, Site::no_cure);
  EXPECT_EQ(site(report, "S1").verdict, Site::not_reached);
}

TEST(Audit, SaysWhenNoSingleOrderCures) {
  const AuditReport report = audit<NothingOrdered>();
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(site(report, "O1").verdict, Site::no_cure);
  EXPECT_EQ(site(report, "O2").verdict, Site::no_cure);
}

// A model that does not repeat itself is no counterexample.
struct Fickle {
  static void give(Shared& shared) { shared.flag.store(1, std::memory_order_release); }  // (K1)
  static bool take(Shared& shared) {
    static unsigned calls = 0;
    if (++calls % 7 == 0) shared.other.fetch_add(1, std::memory_order_relaxed);
    return shared.flag.load(std::memory_order_acquire) == 1;  // (K2)
  }
};
TEST(Audit, ChanceIsNoCounterexample) {
  const AuditReport report = audit<Fickle>();
  EXPECT_FALSE(report.failure);
  EXPECT_FALSE(report.notes.empty());
  EXPECT_EQ(verdict_of(report), Verdict::unknown);
}

TEST(Audit, AStopLeavesNothingClaimed) {
  const std::atomic<bool> stop{true};
  const AuditReport report = run_audit(
      short_audit(), [](const std::string&) { return maker<Sound>(); }, stop);
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(verdict_of(report), Verdict::unknown);
  for (const AuditSite& one : report.sites) {
    EXPECT_EQ(one.verdict, one.reached ? Site::not_tried : Site::not_reached);
  }
}

TEST(Audit, TextAndJsonTellTheSame) {
  AuditCampaign campaign;
  campaign.audits = {short_audit()};
  for (const AuditReport& report : {audit<Sound>(), audit<TooStrong>(), audit<NotPublished>()}) {
    const std::vector<AuditResult> results{{short_audit(), report}};
    const std::string text = audit_text(campaign, results);
    const auto json = audit_json(campaign, results).at("audits").at(0);
    EXPECT_TRUE(text.starts_with(json.at("verdict").get<std::string>())) << text;
    for (const auto& entry : json.at("sites")) {
      const std::string where =
          entry.at("file").get<std::string>() + ":" + std::to_string(entry.at("line").get<int>());
      EXPECT_NE(text.find(where), std::string::npos) << where;
      if (entry.at("verdict") != "needed") continue;
      const auto& trial = entry.at("trials").back();
      EXPECT_EQ(trial.at("survived"), false);
      const auto replay = trial.at("failure").at("replay").get<std::string>();
      EXPECT_NE(text.find(replay), std::string::npos) << text;
    }
  }
}

TEST(AuditOrders, WeakerAndStronger) {
  using Steps = std::vector<std::vector<std::memory_order>>;
  constexpr auto acq_rel = std::memory_order_acq_rel;
  constexpr auto seq_cst = std::memory_order_seq_cst;
  EXPECT_EQ(weaker_orders("load", acquire), (Steps{{relaxed}}));
  EXPECT_EQ(weaker_orders("load", seq_cst), (Steps{{relaxed}, {acquire}}));
  EXPECT_EQ(weaker_orders("store", seq_cst), (Steps{{relaxed}, {release}}));
  EXPECT_EQ(weaker_orders("CAS", acq_rel), (Steps{{relaxed}, {acquire, release}}));
  EXPECT_EQ(weaker_orders("exchange", release), (Steps{{relaxed}}));
  EXPECT_EQ(weaker_orders("CAS failure", seq_cst), (Steps{{relaxed}, {acquire}}));
  EXPECT_TRUE(weaker_orders("fetch_add", relaxed).empty());
  EXPECT_EQ(stronger_orders("store", relaxed), (Steps{{seq_cst}, {release}}));
  EXPECT_EQ(stronger_orders("CAS", acquire), (Steps{{seq_cst}, {acq_rel}}));
  EXPECT_EQ(stronger_orders("fetch_add", relaxed),
            (Steps{{seq_cst}, {acq_rel}, {acquire, release}}));
  EXPECT_TRUE(stronger_orders("load", seq_cst).empty());
  EXPECT_TRUE(weaker_orders("load", release).empty());  // which no load can have
}

// --- our own -------------------------------------------------------------------------------------

class OurAllocators : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, OurAllocators,
                         testing::Values("lockless", "deferred", "bitmap", "hinted", "cached",
                                         "async_linear"),
                         [](const auto& allocator) { return std::string(allocator.param); });

// Each order is needed, or relaxed, or its comment says why it stays; and none says so in vain,
// which is searched for thoroughly where POOLPROOF_AUDIT_ALL is set.
TEST_P(OurAllocators, HaveNoOrderTooMany) {
  AuditConfig config = short_audit();
  config.allocator = GetParam();
  config.scenarios = {"churn", "random", "shared_bucket", "batch", "bulk", "mixed"};
  // Only allocs of many blocks need one of its acquires: they come first.
  if (config.allocator == "lockless") std::swap(config.scenarios.front(), config.scenarios[4]);
  if (config.allocator == "async_linear") config.scenarios = {"carve"};
  // Some orders are needed by allocs of many blocks only, and show late.
  config.budget = std::chrono::seconds(
      config.allocator == "lockless" ? 90
      : config.allocator == "cached" || config.allocator == "bitmap" || config.allocator == "hinted"
          ? 20
          : 60);
  config.trusts_kept = std::getenv("POOLPROOF_AUDIT_ALL") == nullptr;
  const auto make = [&](const std::string& scenario) -> MakeModel {
    return [&config, scenario](const Scope& scope) {
      return make_model(config.allocator, scenario, scope);
    };
  };
  const AuditReport report = run_audit(config, make, never);
  EXPECT_FALSE(report.failure);
  EXPECT_EQ(verdict_of(report), Verdict::pass) << audit_text({}, {AuditResult{config, report}});
  for (const AuditSite& one : report.sites) {
    EXPECT_NE(one.source.number, "") << place_text(one.source.place);
    if (one.kept.empty()) continue;
    const bool in_doubt =
        std::any_of(report.sites.begin(), report.sites.end(), [&](const AuditSite& other) {
          return other.source.number == one.source.number && other.verdict == Site::not_shown;
        });
    EXPECT_TRUE(in_doubt) << place_text(one.source.place) << " is needed: its comment says that "
                          << "it stays although it is not shown to be";
  }
}

}  // namespace
}  // namespace poolproof
