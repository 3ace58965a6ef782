// Subjects that are added with names that cannot be, and what they are told. Each in a process of
// its own, since what was added stays.
#include "subjects.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "harness/base/usage_error.hpp"

namespace {

using namespace poolproof;

void add(const char* name) {
  add_subject_entry({.name = name,
                     .summary = "",
                     .family = Family::block,
                     .sound = true,
                     .aba_prone = false,
                     .model_checked = false,
                     .scenarios = {}});
}

// Status 0 if the names are fine, 2 if they are refused, and why on standard error.
[[noreturn]] void check_names_and_exit() {
  try {
    check_added_subjects();
  } catch (const UsageError& error) {
    std::fputs(error.what(), stderr);
    _exit(2);
  }
  _exit(0);
}
const auto refused = testing::ExitedWithCode(2);

TEST(AddedSubjectDeathTest, MayHaveAnyNameThatFitsACommandLine) {
  EXPECT_EXIT(
      {
        add("mine");
        add("Mine_2.b-1");
        check_names_and_exit();
      },
      testing::ExitedWithCode(0), "");
}

TEST(AddedSubjectDeathTest, IsRefusedWithANameThatIsTaken) {
  EXPECT_EXIT(
      {
        add("mine");
        add("mine");
        check_names_and_exit();
      },
      refused, "two subjects named 'mine': each needs a name of its own");
  EXPECT_EXIT(
      {
        add("lockless");
        check_names_and_exit();
      },
      refused, "named 'lockless', as one of poolproof's is: it needs a name of its own");
}

TEST(AddedSubjectDeathTest, IsRefusedWithANameThatNobodyCanType) {
  for (const char* name : {"my pool", "", "-a", "a,b", "a:b"}) {
    EXPECT_EXIT(
        {
          add(name);
          check_names_and_exit();
        },
        refused, "1 to 40 letters, digits, '_', '.' and '-' are wanted");
  }
}

TEST(AddedSubjectDeathTest, IsToldWhatItMayHaveLeftUnsaidAndOursAreNot) {
  const auto say = [](const char* name, const char* oracle) {
    add("mine");
    std::fputs(std::string(hint_of(name, oracle)).c_str(), stderr);
    _exit(0);
  };
  const auto done = testing::ExitedWithCode(0);
  EXPECT_EXIT(say("mine", "must_succeed"), done, "static constexpr bool may_fail = true");
  EXPECT_EXIT(say("mine", "progress"), done, "static constexpr bool waits = true");
  EXPECT_EXIT(say("mine", "conservation"), done, "most_kept");
  EXPECT_EXIT(say("mine", "ownership"), done, "^$");
  EXPECT_EXIT(say("lockless", "must_succeed"), done, "^$");
}

}  // namespace
