// Checked: this program as what our searches explore.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/check/model_check.hpp"
#include "relacy/audit/source_orders.hpp"
#include "relacy/boxes/box_program.hpp"
#include "relacy/models/model_subjects.hpp"
#include "relacy/unchanged/program.hpp"
#include "relacy/unchanged/unseen_code.hpp"
#include "relacy/unchanged/unseen_libraries.hpp"

namespace poolproof {

// The engine's size for that many actors. Throws UsageError if there are too many.
unsigned size_for(unsigned actors);

class Checked {
 public:
  // Takes from the environment what the check does not see. boxes: what is checked in the place of
  // its main(), a black box under some scenarios; empty: that is.
  Checked(const ProgramStart& start, const ProgramCheck& check, std::vector<BoxPlan> boxes = {});

  // Models of the program with that many actors; of a black box, under its first scenario, in any
  // scope.
  MakeModel maker(unsigned actors) const;
  // Of the black box under one of its scenarios.
  MakeModel box_maker(const BoxPlan& box) const;
  // The black box under its first scenario, or under that one; null: there is none.
  const BoxPlan* box() const noexcept { return boxes_.empty() ? nullptr : boxes_.data(); }
  const BoxPlan* box(std::string_view scenario) const noexcept;
  std::vector<std::string> scenarios() const;
  // How many actors its executions have, as far as a few show it. If races are no failures, it is
  // known from then on which of its code races in these: are_races_known(), unless a machine that
  // stood still was too slow for them.
  unsigned actors();
  bool are_races_known() const noexcept { return are_races_known_; }
  // Executions that were ended for having too many steps.
  std::uint64_t too_long() const noexcept { return *too_long_; }
  // Its instructions for shared memory which the check does not see.
  const UnseenCode& unseen() const noexcept { return *unseen_; }
  // Its libraries that were not compiled for the check.
  const UnseenLibraries& libraries() const noexcept { return *libraries_; }
  // The atomic operations in its code; of a black box, in what its functions call. Their places are
  // known to this process from then on.
  std::vector<SourceOrder> listed() const;

 private:
  std::unique_ptr<Program> make(const ProgramRules& rules) const;
  std::unique_ptr<ModelTest> make_box(BoxPlan plan, const Scope& scope) const;
  ProgramRules rules(unsigned actors) const;
  std::string look() const;

  const ProgramStart start_;
  const Image image_;
  const ProgramCheck check_;
  const std::vector<BoxPlan> boxes_;
  RacingCode racing_;
  bool are_races_known_ = false;
  unsigned actors_ = 0;  // 0: not yet known
  const std::unique_ptr<UnseenCode> unseen_;
  const std::unique_ptr<UnseenLibraries> libraries_;
  std::uint64_t* const too_long_;  // in memory that all processes share
};

}  // namespace poolproof
