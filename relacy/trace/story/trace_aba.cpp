#include "trace_aba.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "relacy/trace/names.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
using Phase = HistoryEvent::Phase;
constexpr std::size_t none = DraftEvent::none;

// How often the variable got another value in (first, end).
unsigned changes(const Draft& draft, std::size_t first, std::size_t end) {
  const auto is_change = [&](const DraftEvent& event) {
    return event.address == draft[end].address && event.writes() &&
           event.raw_stored != event.raw_seen;
  };
  const auto at = [&](std::size_t i) { return draft.begin() + static_cast<std::ptrdiff_t>(i); };
  return static_cast<unsigned>(std::count_if(at(first + 1), at(end), is_change));
}

// What the actor of a CAS did between the moment at which it looked and the CAS.
class Reliance {
 public:
  Reliance(Draft& draft, std::size_t first, std::size_t end, const Names& names)
      : draft_(draft), cas_(draft[end]), end_(end), names_(names) {
    for (std::size_t i = first + 1; i < end; ++i) look_at(i);
    cas_.harmless = !cas_.relies && !unknown_ && (names.sees_all() || linked_);
  }

 private:
  void look_at(std::size_t index) {
    const DraftEvent& event = draft_[index];
    if (event.actor != cas_.actor || event.address == nullptr || event.mutex()) return;
    if (event.address == cas_.address || is_oracles(event)) return;
    if (event.writes() && holds(cas_.raw_expected, event.raw_stored)) linked_ = true;
    if (!event.reads()) return;
    if (counts(event)) {
      unknown_ = unknown_ || !names_.sees_all();
      return;
    }
    const bool outdated = is_outdated(index);
    if (outdated) cas_.outdated_index = index;
    if (outdated || !event.plain() || is_others(index)) cas_.relies = true;
  }
  bool is_oracles(const DraftEvent& event) const {
    const Names::Variable* variable = names_.find(event.address);
    return variable != nullptr && variable->role == Names::Role::oracle;
  }
  // A read-modify-write that most likely is not made for what it reads.
  static bool counts(const DraftEvent& event) {
    return event.kind == Kind::rmw && event.operation != "exchange" &&
           event.raw_seen != event.raw_stored;
  }
  // Would the actor read something else now, and not what it has put there itself?
  bool is_outdated(std::size_t index) const {
    const std::size_t newest = last_write(draft_, end_, draft_[index].address);
    return newest != none && newest != index && !is_own_since(index, newest) &&
           draft_[newest].raw_stored != draft_[index].raw_seen;
  }
  bool is_own_since(std::size_t index, std::size_t write) const {
    return write > index && draft_[write].actor == cas_.actor;
  }
  // Did another actor write what it has read?
  bool is_others(std::size_t index) const {
    const std::size_t write = last_write(draft_, index, draft_[index].address);
    return write != none && draft_[write].actor != cas_.actor;
  }
  // Is the link the value, or the index that lies beside a tag in it?
  static bool holds(const std::string& value, const std::string& link) {
    if (value == link) return true;
    const std::uint64_t all = Names::number(value);
    const std::uint64_t part = Names::number(link);
    for (unsigned bits = 8; bits != 64; ++bits) {
      const std::uint64_t low = all & ((std::uint64_t{1} << bits) - 1);
      if (part == low || (part != 0 && part == all >> bits)) return true;
    }
    return false;
  }

  Draft& draft_;
  DraftEvent& cas_;
  const std::size_t end_;
  const Names& names_;
  bool unknown_ = false;
  bool linked_ = false;
};

}  // namespace

std::size_t store_seen(const Draft& draft, std::size_t load) {
  const DraftEvent& event = draft[load];
  const std::size_t newest = last_write(draft, load, event.address);
  if (!event.stale || newest == none) return newest;
  return last_before(draft, newest, [&event](const DraftEvent& write) {
    return write.address == event.address && write.writes() && write.raw_stored == event.raw_seen;
  });
}

void mark_aba(Draft& draft, std::size_t index, const Names& names) {
  DraftEvent& cas = draft[index];
  const std::size_t looked = last_before(draft, index, [&cas](const DraftEvent& event) {
    return event.address == cas.address && event.actor == cas.actor && event.phase != Phase::before;
  });
  cas.aba = false;
  if (looked == none) return;
  const std::size_t seen =
      draft[looked].reads() && !draft[looked].writes() ? store_seen(draft, looked) : looked;
  cas.changes = changes(draft, seen == none ? looked : seen, index);
  cas.aba = cas.changes > 1;
  cas.since_index = looked;
  if (cas.aba) Reliance(draft, looked, index, names);
}

}  // namespace poolproof
