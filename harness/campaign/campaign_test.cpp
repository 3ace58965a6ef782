// When a PASS of a stress run means something.
#include "campaign.hpp"

#include <gtest/gtest.h>

namespace poolproof {
namespace {

RunReport judged(const char* allocator, std::uint32_t threads, std::uint64_t pairs,
                 std::uint64_t aba_windows) {
  RunConfig config;
  config.allocator = allocator;
  config.scenario = "churn";
  config.threads = threads;
  RunReport report;
  report.verdict = Verdict::pass;
  report.pairs = pairs;
  report.seconds = 2;
  report.aba_windows = aba_windows;
  judge(config, report);
  return report;
}

TEST(StressVerdict, IsAPassWhenEnoughWasSeen) {
  EXPECT_EQ(judged("locked", 2, 2000, 0).verdict, Verdict::pass);
  EXPECT_EQ(judged("lockless", 2, 2000, 1).verdict, Verdict::pass);
}

RunConfig config_of(const char* allocator) {
  RunConfig config;
  config.allocator = allocator;
  config.scenario = "batch";
  config.threads = 2;
  config.budget = std::chrono::seconds(2);
  config.seed = 7;
  return config;
}

TEST(NextCommand, GivesTheTimeThatWouldBeEnough) {
  const std::string next = next_command(config_of("locked"), judged("locked", 2, 100, 0));
  EXPECT_TRUE(next.starts_with("poolproof stress -a locked -s batch -t 2 -b 50s --seed 7 "))
      << next;
  const std::string longer = next_command(config_of("lockless"), judged("lockless", 2, 2000, 0));
  EXPECT_NE(longer.find(" -b 10s "), std::string::npos) << longer;
}
TEST(NextCommand, IsNoneOfAPassOrOfWhatMoreTimeWouldNotHelp) {
  EXPECT_EQ(next_command(config_of("locked"), judged("locked", 2, 2000, 0)), "");
  EXPECT_EQ(next_command(config_of("locked"), judged("locked", 2, 0, 0)), "");
  RunReport report;
  report.reason = "one thread: nothing can interleave";
  EXPECT_EQ(next_command(config_of("locked"), report), "");
}

TEST(StressVerdict, NeedsAThousandPairsOfEachThread) {
  const RunReport thin = judged("locked", 1024, 596, 0);
  EXPECT_EQ(thin.verdict, Verdict::unknown);
  EXPECT_EQ(thin.reason,
            "596 pairs on 1024 threads are few: a PASS needs 1000 for each thread, for which "
            "-b 4296s would be enough");
  EXPECT_EQ(judged("locked", 2, 1999, 0).verdict, Verdict::unknown);
}

TEST(StressVerdict, NeedsAnAbaWindowWhereAbaIsTheDanger) {
  EXPECT_EQ(judged("lockless", 2, 1'000'000, 0).verdict, Verdict::unknown);
  EXPECT_EQ(judged("specimen.no_nonce", 2, 1'000'000, 0).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace poolproof
