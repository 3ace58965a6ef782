#include "explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "trace_cause.hpp"
#include "trace_order.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
constexpr std::size_t none = DraftEvent::none;

class Story {
 public:
  Story(const Draft& draft, const Trace& trace)
      : draft_(draft), trace_(trace), failure_(draft.back()) {}

  std::string tell() const {
    std::string text = joined({cause(draft_, trace_.oracle), outcome()}, "; ") + ".";
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
  }

 private:
  std::string outcome() const {
    if (trace_.oracle == "race") return race();
    if (trace_.oracle == "deadlock") return deadlock();
    if (trace_.oracle == "livelock") return livelock();
    if (trace_.oracle == "progress" && waits()) return deadlock();
    if (trace_.oracle == "progress" && somebody_is_stopped()) return livelock();
    if (trace_.oracle == "ownership" && !owners().empty()) return owners();
    if (failure_.at_rest) return "at rest, " + trace_.failure;
    return fmt::format("{} fails: {} (event {})", actor_text(failure_), trace_.failure,
                       failure_.number);
  }

  bool blames_aba() const {
    const std::size_t index = harmful_aba(draft_);
    return index != none && draft_[index].relies;
  }

  std::string race() const {
    const Unordered pair = unordered_by_race(draft_);
    if (pair.second == none) return trace_.failure;
    const DraftEvent& first = draft_[pair.first];
    const DraftEvent& second = draft_[pair.second];
    const auto does = [](const DraftEvent& event) {
      return fmt::format("{} {} (event {}{})", event.writes() ? "writes" : "reads", event.variable,
                         event.number, place_text(event));
    };
    return fmt::format("{} {}, {} {}, and no release/acquire pair orders the two{}",
                       actor_text(first), does(first), actor_text(second), does(second),
                       blames_aba() ? "" : why_it_races(pair));
  }

  // The orders that are too weak; where nothing passes from one to the other, what was outdated.
  std::string why_it_races(const Unordered& pair) const {
    std::string order = missing_order(draft_, pair);
    if (!order.empty()) return order;
    const std::string stale = stale_cause(draft_);
    return stale.empty() ? stale : "; " + stale;
  }

  // For two owners of a block: who got it, and who had it.
  std::string owners() const {
    const auto got = [&](const DraftEvent& event) {
      return event.actor == failure_.actor && !event.result.empty() && event.number != 0;
    };
    const auto last = std::find_if(draft_.rbegin(), draft_.rend(), got);
    if (failure_.at_rest || last == draft_.rend() ||
        trace_.failure.find("two owners") == std::string::npos) {
      return {};
    }
    const DraftEvent* owner = nullptr;
    for (const DraftEvent& event : draft_) {
      if (&event == &*last) break;
      if (event.result == last->result) owner = &event;
    }
    std::string text =
        fmt::format("{} gets {} (event {})", actor_text(*last), last->result, last->number);
    if (owner == nullptr) return text + ", which has an owner";
    return text +
           fmt::format(", which {} had got before (event {})", actor_text(*owner), owner->number);
  }

  bool waits() const {
    return std::any_of(draft_.begin(), draft_.end(),
                       [](const DraftEvent& event) { return event.kind == Kind::wait; });
  }

  // With --lock-free. Else it is a loop in which nothing is accessed.
  bool somebody_is_stopped() const {
    return std::any_of(draft_.begin(), draft_.end(), [](const DraftEvent& event) {
      return event.text.starts_with("is stopped here");
    });
  }

  std::string deadlock() const {
    std::map<unsigned, const DraftEvent*> waiting;
    const DraftEvent* holder = nullptr;
    for (const DraftEvent& event : draft_) {
      if (event.number == 0) continue;
      if (event.kind == Kind::wait) {
        waiting[event.actor] = &event;
      } else if (event.kind != Kind::fail) {
        waiting.erase(event.actor);
      }
      if (event.kind == Kind::lock) holder = &event;
      if (event.kind == Kind::unlock) holder = nullptr;
    }
    std::vector<std::string> parts;
    parts.reserve(waiting.size() + 1);
    for (const auto& [actor, event] : waiting) {
      parts.push_back(
          fmt::format("actor {} waits for {} (event {})", actor, event->variable, event->number));
    }
    if (holder != nullptr) {
      parts.push_back(fmt::format("{} locked {} (event {}) and never unlocks it",
                                  actor_text(*holder), holder->variable, holder->number));
    }
    return parts.empty() ? trace_.failure : joined(parts, ", ");
  }

  // Who is still busy, and on what.
  std::string livelock() const {
    constexpr std::size_t tail = 40;
    const std::size_t first = draft_.size() - std::min(draft_.size(), tail);
    std::map<unsigned, std::set<std::string>> busy;
    for (std::size_t i = first; i != draft_.size(); ++i) {
      const DraftEvent& event = draft_[i];
      if (!event.variable.empty()) busy[event.actor].insert(event.variable);
    }
    std::vector<std::string> parts;
    parts.reserve(busy.size());
    for (const auto& [actor, variables] : busy) {
      parts.push_back(
          fmt::format("{} goes round and round on {}",
                      failure_.at_rest ? "at rest, the check" : fmt::format("actor {}", actor),
                      joined(std::vector<std::string>(variables.begin(), variables.end()), ", ")));
    }
    parts.push_back(trace_.failure);
    return joined(parts, ", ");
  }

  const Draft& draft_;
  const Trace& trace_;
  const DraftEvent& failure_;
};

}  // namespace

std::string tell(const Draft& draft, const Trace& trace) { return Story(draft, trace).tell(); }

}  // namespace poolproof
