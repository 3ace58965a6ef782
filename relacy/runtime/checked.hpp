// Checked: this program as what our searches explore.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
  // Takes from the environment what the check does not see. box: what is checked in the place of
  // its main().
  Checked(const ProgramStart& start, const ProgramCheck& check,
          const std::optional<BoxPlan>& box = std::nullopt);

  // Models of the program with that many actors; of a black box in any scope.
  MakeModel maker(unsigned actors) const;
  const std::optional<BoxPlan>& box() const noexcept { return box_; }
  // How many actors its executions have, as far as a few show it.
  unsigned actors() const;
  // Executions that were ended for having too many steps.
  std::uint64_t too_long() const noexcept { return *too_long_; }
  // Its instructions for shared memory which the check does not see.
  const UnseenCode& unseen() const noexcept { return *unseen_; }
  // Its libraries that were not compiled for the check.
  const UnseenLibraries& libraries() const noexcept { return *libraries_; }
  // The atomic operations in its code; their places are known to this process from then on.
  std::vector<SourceOrder> listed() const;

 private:
  std::unique_ptr<Program> make(unsigned actors) const;
  std::unique_ptr<ModelTest> make_box(const Scope& scope) const;
  ProgramRules rules(unsigned actors) const;

  const ProgramStart start_;
  const Image image_;
  const ProgramCheck check_;
  const std::optional<BoxPlan> box_;
  const std::unique_ptr<UnseenCode> unseen_;
  const std::unique_ptr<UnseenLibraries> libraries_;
  std::uint64_t* const too_long_;  // in memory that all processes share
};

}  // namespace poolproof
