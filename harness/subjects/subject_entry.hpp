// How a subject comes into the tables of an engine; used by each engine's subject.hpp.
#pragma once

#include <array>

#include "allocators/backend.hpp"
#include "harness/stress/subject_concepts.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/sized_scenarios.hpp"
#include "subjects.hpp"

namespace poolproof {

struct SubjectTraits {
  bool sound = true;       // false: runs only when it is named, and never gets a PASS
  bool aba_prone = false;  // it tells its backend of Event::aba_window: no PASS without having one
};

// What adding returns. Not trivial, so that no compiler calls a static object of it unused.
struct [[nodiscard]] Added {
  Added() noexcept = default;
  Added(const Added&) = delete;
  Added& operator=(const Added&) = delete;
  ~Added() {}
};

template <class Engine, class P, class... Scenarios>
constexpr auto scenario_entries(ScenarioList<Scenarios...>) {
  return std::array{SubjectScenario{Scenarios::info, &Engine::template make_run<P, Scenarios>}...};
}
template <class... A, class... B>
constexpr ScenarioList<A..., B...> joined(ScenarioList<A...>, ScenarioList<B...>) {
  return {};
}

template <class P>
constexpr auto scenarios_of() {
  if constexpr (SizedSubject<P>) {
    return SizedScenarios();
  } else {
    return BlockScenarios();
  }
}

// Engine::make_run<P, Scenario>(config), Engine::add_model<P>(name, scenarios).
template <class Engine, class P, Sight sight, class... Scenarios>
Added add_to_engine(const char* name, const char* summary, SubjectTraits traits) {
  constexpr bool black_box = sight == Sight::calls;
  if constexpr (check_subject<P, black_box>() && (check_scenario<Scenarios>() && ...)) {
    constexpr auto all = joined(scenarios_of<P>(), ScenarioList<Scenarios...>());
    static constexpr auto entries = scenario_entries<Engine, P>(all);
    add_subject_entry({.name = name,
                       .summary = summary,
                       .family = SizedSubject<P> ? Family::sized : Family::block,
                       .sound = traits.sound,
                       .aba_prone = traits.aba_prone,
                       .model_checked = !black_box || !SizedSubject<P>,
                       .scenarios = entries,
                       .sight = sight});
    if constexpr (!black_box) Engine::template add_model<P>(name, all);
  }
  return {};
}

// Each engine's subject.hpp has add_subject for templates; this is for a class, to say so.
template <class>
inline constexpr bool is_template = false;
template <class P, class... Scenarios>
Added add_subject(const char*, const char*, SubjectTraits = {}) {
  static_assert(is_template<P>,
                "add_subject takes a template over a backend, or over an Atom; "
                "add_black_box takes a class as it is");
  return {};
}

}  // namespace poolproof
