// What results say that they did not see.
#include "unseen.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/subjects/subjects.hpp"

namespace poolproof {
namespace {

using Texts = std::vector<std::string>;

void add(const char* name, Sight sight) {
  add_subject_entry({.name = name,
                     .summary = "",
                     .family = Family::block,
                     .sound = true,
                     .aba_prone = false,
                     .model_checked = sight != Sight::calls,
                     .scenarios = {},
                     .sight = sight});
}
template <class Config>
Texts unseen(const char* allocator) {
  Config config;
  config.allocator = allocator;
  return unseen_by(config);
}
bool says(const Texts& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

TEST(Unseen, NamesScopeAndMemoryModelOfEachResult) {
  EXPECT_EQ(unseen<CheckConfig>("lockless"),
            (Texts{"scopes beyond 3 x 3 x 3 (actors, blocks, rounds)",
                   "load buffering, seq_cst in another order than that of steps, and stores more "
                   "than seven behind the newest, of the C++ memory model"}));
  CheckConfig config;
  config.search = {CheckSearch::Kind::preemptions, 3};
  config.scope = {2, 4, 12};
  EXPECT_TRUE(says(unseen_by(config), "beyond 2 x 4 x 12"));
  EXPECT_TRUE(says(unseen_by(config), "more than one behind"));
  EXPECT_TRUE(says(unseen<RunConfig>("lockless"), "other than 2 x 16 x 64"));
  EXPECT_TRUE(says(unseen<RunConfig>("lockless"), "weaker than this machine's"));
}

TEST(Unseen, OfAProgramIsWhatItDoesNotDo) {
  CheckConfig config;
  config.scenario = program_scenario;
  EXPECT_TRUE(says(unseen_by(config), "what this main() does not do"));
  EXPECT_FALSE(says(unseen_by(config), "blocks"));
}

TEST(Unseen, NamesFencesAndPlainMembersOfAtomCodeAlone) {
  add("unseen_atom", Sight::atomics);
  add("unseen_backend", Sight::all);
  for (const char* word : {"plain members", "fences", "mutexes"}) {
    EXPECT_TRUE(says(unseen<CheckConfig>("unseen_atom"), word)) << word;
    EXPECT_FALSE(says(unseen<CheckConfig>("unseen_backend"), word)) << word;
  }
}

TEST(Unseen, NamesWhatABlackBoxHides) {
  add("unseen_box", Sight::calls);
  EXPECT_TRUE(says(unseen<RunConfig>("unseen_box"), "a black box"));
  EXPECT_FALSE(says(unseen<RunConfig>("lockless"), "a black box"));
}

TEST(Unseen, IsSaidOnceAndOfWhomItIsNotSaidOfAll) {
  EXPECT_EQ(unseen_text({{"a", {"x", "y"}}, {"a", {"x", "y"}}, {"b", {"y"}}}),
            "not seen, of a: x\nnot seen: y\n");
  EXPECT_EQ(unseen_text({}), "");
}

}  // namespace
}  // namespace poolproof
