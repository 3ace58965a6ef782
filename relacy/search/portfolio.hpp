// Portfolio: the automatic search. Several searches take turns, execution by execution, since no
// single one finds all bugs soon: by chance; all executions with at most so many departures from
// the plain course of things, then with one more, and so on; and the exhaustive search, which gets
// most turns once it looks as if it came to its end soon. One execution in 64 is by chance in a
// wider scope: some bugs need more blocks or more rounds than anybody asks for.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "harness/check/model_check.hpp"
#include "relacy/engine/slice.hpp"
#include "relacy/engine/strategy.hpp"
#include "relacy/exhaustive/exhaustive_strategy.hpp"
#include "sampled_strategy.hpp"
#include "tree_strategy.hpp"

namespace poolproof {

// What the searches of a worker did; fit for memory that processes share.
struct SearchedPage {
  void add(const CheckSearched& searched) noexcept {
    if (size != all.size()) all[size++] = searched;
  }

  std::array<CheckSearched, 32> all{};
  std::uint32_t size = 0;
};

// Twelve rounds of eight blocks, where three of three were asked for: at most what a scope may
// have.
Scope wider(const Scope& asked) noexcept;

class Portfolio final : public Strategy {
 public:
  struct Setting {
    std::uint64_t seed = 1;
    SampleWindow window;  // of each search by chance
    Slice slice;
    StepProfile profile;
    unsigned actors = 3;
    bool symmetric = false;
    bool exhaustive = true;  // may it be tried?
    Scope scope{};           // that was asked for
    bool widens = false;     // may some executions be of the wider scope?
    Memory memory = Memory::cpp20;
    VisitedStates* states = nullptr;  // of that, as ExhaustiveStrategy has it
    bool dynamic = false;  // so is this; then the first job makes all of the exhaustive search
  };
  // The search that makes the execution in progress, and its number, if it is by chance. For a
  // parent that has seen this process end.
  struct Running {
    CheckSearch search;
    std::uint64_t execution = 0;
    Scope scope;
    bool is_wide = false;  // is it the wider one?
  };

  Portfolio(const Setting& setting, Running& running);

  bool begin() override;
  unsigned next_actor(const Situation& situation) override {
    return searching_->next_actor(situation);
  }
  std::uint32_t choose(std::uint32_t n, Choice kind) override {
    return searching_->choose(n, kind);
  }
  std::uint32_t choose_store(std::span<const std::uint8_t> ages) override {
    return searching_->choose_store(ages);
  }
  bool end(const StepReport& last) override;
  bool wants_states() const override { return searching_->wants_states(); }
  bool has_fine_steps() const override { return searching_->has_fine_steps(); }

  // Was the last execution by chance, in the scope that was asked for?
  bool was_sampled() const noexcept { return running_.search.is_sampled() && !running_.is_wide; }
  // Has this part of the exhaustive search come to its end, with no guess at who waits, and has
  // there been enough of what it does not see? Where it is the whole, begin() returns false then.
  bool covered() const noexcept { return exhausted_ && !guessed_ && seen_wide(); }
  const ExhaustiveStrategy& exhaustive() const noexcept { return exhaustive_; }
  void report(SearchedPage& page) const;

 private:
  enum class Arm : std::uint8_t {
    random,
    walk,
    pct2,
    pct3,
    pct4,
    departures,
    exhaustive,
    wide,
    handover,
  };
  static constexpr std::size_t arms = 9;
  static constexpr std::uint64_t least_wide = 2000;  // executions, before all is covered

  Arm next_arm();
  bool seen_wide() const noexcept {
    return !setting_.widens || executions_[static_cast<std::size_t>(Arm::wide)] >= least_wide;
  }
  bool begin_sampled(Arm arm);
  bool begin_departures();
  bool begin_exhaustive();
  void look_ahead();
  std::unique_ptr<TreeStrategy> new_departures() const;
  CheckSearched searched_departures() const;
  static CheckSearch search_of(Arm arm);

  const Setting setting_;
  Running& running_;
  std::array<std::unique_ptr<Strategy>, arms> sampled_;  // null: those that are not
  std::array<std::uint64_t, arms> executions_{};
  std::uint32_t bound_ = 0;
  std::unique_ptr<TreeStrategy> departures_;  // at most bound_
  bool all_departures_ = false;
  std::vector<CheckSearched> searched_;  // with departures, to the end
  ExhaustiveStrategy exhaustive_;
  Strategy* searching_ = nullptr;
  Arm arm_ = Arm::random;
  std::uint64_t turn_ = 0;
  std::uint64_t made_ = 0;
  bool exhausted_ = false;  // has the exhaustive search come to its end?
  bool guessed_ = false;    // was there a guess in it? See model_guessed
  bool is_near_ = false;    // the end of the exhaustive search
};

}  // namespace poolproof
