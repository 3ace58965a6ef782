#include "portfolio.hpp"

#include <algorithm>

#include "handover_strategy.hpp"
#include "pct_strategy.hpp"
#include "random_strategy.hpp"
#include "relacy/engine/model_engine.hpp"
#include "walk_strategy.hpp"

namespace poolproof {

namespace {

constexpr unsigned spurious = 1;          // see ExhaustiveStrategy
constexpr std::uint64_t least_seen = 20;  // executions, before an estimate means anything

}  // namespace

Scope wider(const Scope& asked) noexcept {
  return {.actors = asked.actors,
          .blocks = std::min(asked.blocks + 5, Scope::most_blocks),
          .rounds = std::min(4 * asked.rounds, Scope::most_rounds)};
}

Portfolio::Portfolio(const Setting& setting, Running& running)
    : setting_(setting),
      running_(running),
      departures_(new_departures()),
      exhaustive_({.memory = setting.memory,
                   .spurious = spurious,
                   .symmetric = setting.symmetric,
                   .states = setting.states,
                   .dynamic = setting.dynamic},
                  setting.dynamic ? setting.slice.undivided() : setting.slice),
      exhausted_(setting.exhaustive && setting.dynamic && setting.slice.job != 0) {
  const auto pct = [&](unsigned depth) {
    return std::make_unique<PctStrategy>(setting.seed, setting.window, depth, setting.profile);
  };
  sampled_[static_cast<std::size_t>(Arm::random)] =
      std::make_unique<RandomStrategy>(setting.seed, setting.window);
  sampled_[static_cast<std::size_t>(Arm::walk)] =
      std::make_unique<WalkStrategy>(setting.seed, setting.window, setting.profile);
  sampled_[static_cast<std::size_t>(Arm::wide)] =
      std::make_unique<RandomStrategy>(setting.seed, setting.window);
  sampled_[static_cast<std::size_t>(Arm::pct2)] = pct(2);
  sampled_[static_cast<std::size_t>(Arm::pct3)] = pct(3);
  sampled_[static_cast<std::size_t>(Arm::pct4)] = pct(4);
  if (setting.dynamic) {
    sampled_[static_cast<std::size_t>(Arm::handover)] =
        std::make_unique<HandoverStrategy>(setting.seed, setting.window);
  }
}

CheckSearch Portfolio::search_of(Arm arm) {
  using Kind = CheckSearch::Kind;
  switch (arm) {
    case Arm::random:
    case Arm::wide:
      return {Kind::random, 0};
    case Arm::walk:
      return {Kind::walk, 0};
    case Arm::pct2:
      return {Kind::pct, 2};
    case Arm::pct3:
      return {Kind::pct, 3};
    case Arm::pct4:
      return {Kind::pct, 4};
    case Arm::departures:
      return {Kind::departures, 0};
    case Arm::handover:
      return {Kind::handover, 0};
    case Arm::exhaustive:
      break;
  }
  return {Kind::exhaustive, spurious};
}

std::unique_ptr<TreeStrategy> Portfolio::new_departures() const {
  return std::make_unique<TreeStrategy>(TreeStrategy::Bound::departures(bound_), setting_.seed,
                                        setting_.slice);
}

Portfolio::Arm Portfolio::next_arm() {
  using enum Arm;
  // Over the mutants random is the best by itself, and each of the others is where random is not;
  // those that go through all there is find little before they are done. Most mutants are killed
  // within some executions: there walk and pct:2 are ahead. SEARCHES.md says how well this does.
  static constexpr Arm first[] = {walk,   walk,   pct2,   pct2,   walk,   pct2,   walk,
                                  random, random, random, walk,   random, random, random,
                                  pct3,   random, pct3,   random, pct3,   random};
  static constexpr Arm turns[] = {random, walk, random, random, pct3, random, pct4,   random,
                                  walk,   pct2, random, pct3,   pct4, random, random, departures};
  constexpr std::uint64_t wide_turn = 37;  // of four times turns
  constexpr std::uint64_t handover_turn = 14;
  if (exhausted_ && !seen_wide()) return wide;
  const std::uint64_t made = turn_++;
  // One that tries only what steps demand often has few executions, however many steps there are.
  if (setting_.dynamic && made % 16 == handover_turn) return handover;
  const bool one_in_four = setting_.dynamic && setting_.exhaustive && !is_near_;
  if (one_in_four && made % 4 == 3) return exhaustive;
  if (is_near_ && turn_ % 4 != 0) return exhaustive;
  const std::uint64_t number = is_near_ ? made / 4 : one_in_four ? made - made / 4 : made;
  if (number < std::size(first)) return first[number];
  const std::uint64_t turn = number - std::size(first);
  const Arm arm = turns[turn % std::size(turns)];
  const std::uint64_t of_four = turn / std::size(turns) % 4;
  if (arm == departures && of_four == 3) return exhaustive;
  return setting_.widens && turn % (4 * std::size(turns)) == wide_turn ? wide : arm;
}

bool Portfolio::begin() {
  for (;;) {
    if (covered() && setting_.slice.is_whole()) return false;
    arm_ = next_arm();
    running_ = {search_of(arm_), 0, setting_.scope};
    switch (arm_) {
      case Arm::departures:
        if (begin_departures()) return true;
        break;
      case Arm::exhaustive:
        if (begin_exhaustive()) return true;
        break;
      case Arm::wide:
        running_.scope = wider(setting_.scope);
        running_.is_wide = true;
        return begin_sampled(arm_);
      default:
        return begin_sampled(arm_);
    }
  }
}

bool Portfolio::begin_sampled(Arm arm) {
  const auto index = static_cast<std::size_t>(arm);
  searching_ = sampled_[index].get();
  running_.execution = setting_.window.first + executions_[index] * setting_.window.stride;
  return searching_->begin();
}

bool Portfolio::begin_departures() {
  while (!all_departures_ && !departures_->begin()) {
    searched_.push_back(searched_departures());
    searched_.back().exhausted = true;
    all_departures_ = !departures_->is_cut_short();
    ++bound_;
    departures_ = new_departures();
  }
  running_.search.bound = bound_;
  searching_ = departures_.get();
  return !all_departures_;
}

bool Portfolio::begin_exhaustive() {
  if (!setting_.exhaustive || exhausted_) return false;
  searching_ = &exhaustive_;
  exhausted_ = !exhaustive_.begin();
  return !exhausted_;
}

bool Portfolio::end(const StepReport& last) {
  ++executions_[static_cast<std::size_t>(arm_)];
  ++made_;
  const bool same = searching_->end(last);
  if (arm_ == Arm::exhaustive) {
    guessed_ = guessed_ || model_guessed();
    look_ahead();
  }
  return same;
}

// What is left of the exhaustive search is worth as many executions as all searches have made so
// far: so it costs at most a constant factor, whether it comes to its end or not. An estimate that
// was too low must be twice that before it is given up.
void Portfolio::look_ahead() {
  const auto seen = static_cast<double>(exhaustive_.executions() + exhaustive_.redundant());
  const double share = exhaustive_.share();
  if (seen < least_seen || share <= 0) return;
  const double left = seen * (1 / share - 1);
  is_near_ = left <= static_cast<double>(made_) * (is_near_ ? 2 : 1);
}

CheckSearched Portfolio::searched_departures() const {
  return {.search = {CheckSearch::Kind::departures, bound_},
          .executions = departures_->executions(),
          .share = departures_->share()};
}

void Portfolio::report(SearchedPage& page) const {
  for (std::size_t i = 0; i != arms; ++i) {
    if (sampled_[i] == nullptr) continue;
    const auto* pct = dynamic_cast<const PctStrategy*>(sampled_[i].get());
    page.add(pct != nullptr ? pct->searched(setting_.actors)
                            : CheckSearched{search_of(static_cast<Arm>(i)), executions_[i]});
  }
  for (const CheckSearched& searched : searched_) page.add(searched);
  if (!all_departures_) page.add(searched_departures());
  if (setting_.exhaustive) {
    page.add({.search = search_of(Arm::exhaustive),
              .executions = exhaustive_.executions() + exhaustive_.redundant(),
              .exhausted = exhausted_,
              .share = exhaustive_.share()});
  }
}

}  // namespace poolproof
