#include "trace_order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "trace_cause.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;
constexpr std::size_t none = DraftEvent::none;

bool releases(const std::string& order) {
  return order == "release" || order == "acq_rel" || order == "seq_cst";
}
bool acquires(const std::string& order) {
  return order == "acquire" || order == "acq_rel" || order == "seq_cst" || order == "consume";
}

bool is_update(const DraftEvent& event) {
  return event.kind == Kind::rmw || (event.kind == Kind::cas && event.succeeded);
}
bool atomic_write(const DraftEvent& event) { return event.writes() && !event.plain(); }
bool atomic_read(const DraftEvent& event) {
  return event.reads() && !event.plain() && !event.spurious;
}

// Events, and what would come before what if all orders were strong. Each edge leads to a later
// event, and counts the orders on it that are too weak.
class Ways {
 public:
  Ways(const Draft& draft, std::size_t first, std::size_t second)
      : draft_(draft), first_(first), ways_(second - first + 1), second_(second) {
    ways_[0].weak = 0;
    for (std::size_t i = first + 1; i <= second; ++i) {
      if (draft[i].phase == draft[first].phase) come_to(i);
    }
  }

  std::vector<WeakLink> weakest() const {
    std::vector<WeakLink> links;
    if (ways_.back().weak == unreached) return links;
    std::size_t behind = second_;
    for (std::size_t i = second_; i != first_; i = way(i).from) {
      const std::optional<WeakLink>& link = way(i).link;
      if (!link) continue;
      if (!link->releases || !link->acquires || link->breaker != none) {
        links.push_back(*link);
        links.back().to = behind;
      }
      behind = link->store;
    }
    std::reverse(links.begin(), links.end());
    std::size_t before = first_;
    for (WeakLink& link : links) link.from = std::exchange(before, link.load);
    return links;
  }

 private:
  static constexpr unsigned unreached = std::numeric_limits<unsigned>::max();
  static constexpr unsigned broken = 3;  // more than two orders that are too weak

  struct Way {
    unsigned weak = unreached;
    std::size_t from = none;
    std::optional<WeakLink> link;
  };

  const Way& way(std::size_t index) const { return ways_[index - first_]; }
  bool within(std::size_t index) const { return index != none && index >= first_; }

  void edge(std::size_t from, std::size_t to, const std::optional<WeakLink>& link = {}) {
    if (!within(from) || way(from).weak == unreached) return;
    unsigned weak = way(from).weak;
    if (link) {
      weak += (link->releases ? 0U : 1U) + (link->acquires ? 0U : 1U);
      weak += link->breaker == none ? 0U : broken;
    }
    Way& reached = ways_[to - first_];
    if (weak < reached.weak) reached = {weak, from, link};
  }

  void come_to(std::size_t index) {
    const DraftEvent& event = draft_[index];
    const auto mine = [&](const DraftEvent& other) { return other.actor == event.actor; };
    edge(last_before(draft_, index, mine), index);
    come_by_start_or_end(index);
    if (event.kind == Kind::lock) {
      edge(last_before(draft_, index,
                       [&](const DraftEvent& other) {
                         return other.kind == Kind::unlock && other.address == event.address;
                       }),
           index);
    }
    if (atomic_read(event)) come_by_load(index, index);
    if (!acquires(fence_order(event))) return;
    for (std::size_t load = first_ + 1; load < index; ++load) {
      if (mine(draft_[load]) && atomic_read(draft_[load])) come_by_load(load, index);
    }
  }

  // Of a program: what its notes say of its threads.
  void come_by_start_or_end(std::size_t index) {
    const DraftEvent& event = draft_[index];
    const std::string number = std::to_string(event.actor);
    const auto begins = [&](const DraftEvent& other) {
      return other.note() && other.text == "begins actor " + number;
    };
    edge(last_before(draft_, index, begins), index);
    constexpr std::string_view joins = "joins actor ";
    if (!event.note() || !event.text.starts_with(joins)) return;
    edge(last_before(draft_, index,
                     [&](const DraftEvent& other) {
                       return std::to_string(other.actor) == event.text.substr(joins.size());
                     }),
         index);
  }

  // to: the load, or a fence behind it that acquires.
  void come_by_load(std::size_t load, std::size_t to) {
    WeakLink link;
    link.load = load;
    link.acquires = to != load || acquires(draft_[load].order);
    std::size_t head = come_by_sequence(link, seen_by(load), to);
    while (within(head) && atomic_write(draft_[head])) {
      link.breaker = head;
      head = come_by_sequence(link, last_write(draft_, head, draft_[head].address), to);
    }
  }

  // From each store of the release sequence that store is in. Returns its head.
  std::size_t come_by_sequence(WeakLink link, std::size_t store, std::size_t to) {
    while (within(store) && atomic_write(draft_[store])) {
      link.store = store;
      link.releases = releases(draft_[store].order);
      edge(store, to, link);
      const std::size_t fence = last_before(draft_, store, [&](const DraftEvent& event) {
        return event.actor == draft_[store].actor && releases(fence_order(event));
      });
      link.releases = true;
      edge(fence, to, link);
      if (!is_update(draft_[store])) return store;
      store = seen_by(store);
    }
    return none;
  }

  // The store that a load saw; none where that is not certain.
  std::size_t seen_by(std::size_t load) const {
    const DraftEvent& event = draft_[load];
    const auto fits = [&](const DraftEvent& other) {
      return other.address == event.address && other.writes() && other.raw_stored == event.raw_seen;
    };
    if (!event.stale) {
      const std::size_t newest = last_write(draft_, load, event.address);
      return newest != none && fits(draft_[newest]) ? newest : none;
    }
    const std::size_t last = last_before(draft_, load, fits);
    return last == none || last_before(draft_, last, fits) != none ? none : last;
  }

  const Draft& draft_;
  std::size_t first_;
  std::vector<Way> ways_;  // to first_, and to each event behind it
  std::size_t second_;
};

// What missing_order says of the links, one after another.
class Words {
 public:
  explicit Words(const Draft& draft)
      : draft_(draft), fences_(std::any_of(draft.begin(), draft.end(), [](const DraftEvent& event) {
          return !fence_order(event).empty();
        })) {}

  std::string of(const WeakLink& link) const {
    if (link.breaker != none) {
      return fmt::format(
          "{} ended the release sequence of {}, so {} learned nothing by it: a read-modify-write "
          "there would go on with it{}",
          the(link.breaker), the(link.store), the(link.load), also_weak(link));
    }
    const DraftEvent& load = draft_[link.load];
    return fmt::format("{} is what {}'s {} of {} saw (event {}{}), but {}", the(link.store),
                       actor_text(load), load.operation, load.variable, load.number,
                       place_text(load), weakness(link));
  }

  // What the first actor released behind its access, and the second did not read before its own.
  std::string unread(const Unordered& two) const {
    const std::size_t store = unread_store(draft_, two);
    if (store == none || draft_[store].number == 0) return {};
    return fmt::format("{} releases it, but {} has not read {}", the(store),
                       actor_text(draft_[two.second]), draft_[store].variable);
  }

  static std::size_t unread_store(const Draft& draft, const Unordered& two) {
    for (std::size_t i = two.first + 1; i < two.second; ++i) {
      const DraftEvent& store = draft[i];
      if (store.actor != draft[two.first].actor || !atomic_write(store)) continue;
      if (!releases(store.order) || store.variable.empty()) continue;
      const auto reads = [&](const DraftEvent& event) {
        return event.actor == draft[two.second].actor && event.address == store.address &&
               event.reads();
      };
      if (last_before(draft, two.second, reads) == none) return i;
    }
    return none;
  }

 private:
  // "actor 0's store of x = 1 (event 2, pool.hpp:93)"
  std::string the(std::size_t index) const {
    const DraftEvent& event = draft_[index];
    const std::string value = (event.writes() ? event.stored : event.seen).text();
    return fmt::format("{}'s {} of {}{} (event {}{})", actor_text(event), event.operation,
                       event.variable, value.empty() ? "" : " = " + value, event.number,
                       place_text(event));
  }

  // "the store is relaxed and orders nothing before it: it takes release, at pool.hpp:93"
  std::string weakness(const WeakLink& link) const {
    std::vector<std::string> is;
    if (!link.releases) is.push_back(weak(link.store, "releases", link.from, link.store));
    if (!link.acquires) is.push_back(weak(link.load, "acquires", link.load, link.to));
    return fmt::format("nothing orders the one before the other, as {}{}: it takes {}",
                       joined(is, ", and "), ended(link), needed(link));
  }
  std::string also_weak(const WeakLink& link) const {
    if (link.releases && link.acquires) return {};
    return ", but it also takes " + needed(link);
  }

  std::string weak(std::size_t index, const char* does, std::size_t from, std::size_t to) const {
    const DraftEvent& event = draft_[index];
    std::string text = fmt::format("the {} is {}", event.operation, event.order);
    if (!fences_) return text;
    const std::size_t other = from == index ? to : from;
    const unsigned number = draft_[other].number;
    if (number == 0) return text;
    return text + fmt::format(" and no fence between event {} and event {} {}", draft_[from].number,
                              draft_[to].number, does);
  }

  // A weak store that comes behind one of its actor that releases.
  std::string ended(const WeakLink& link) const {
    if (link.releases || is_update(draft_[link.store])) return {};
    const DraftEvent& store = draft_[link.store];
    const std::size_t last = last_write(draft_, link.store, store.address);
    if (last == none || last < link.from || draft_[last].actor != store.actor) return {};
    const DraftEvent& head = draft_[last];
    if (!atomic_write(head) || !releases(head.order) || head.number == 0) return {};
    return fmt::format(
        ", and the {} (event {}) ends the release sequence of the {} before (event {})",
        store.operation, store.number, head.operation, head.number);
  }

  std::string needed(const WeakLink& link) const {
    std::vector<std::string> orders;
    if (!link.releases) orders.push_back(needed(draft_[link.store], "release", "acquire"));
    if (!link.acquires) orders.push_back(needed(draft_[link.load], "acquire", "release"));
    return joined(orders, " and ");
  }
  static std::string needed(const DraftEvent& event, const std::string& half,
                            const std::string& other) {
    const std::string order = event.order == other ? "acq_rel" : half;
    if (event.file.empty()) return fmt::format("{} in event {}", order, event.number);
    return fmt::format("{} at {}:{}", order, event.file, event.line);
  }

  const Draft& draft_;
  bool fences_;
};

bool known(const Unordered& two) { return two.first < two.second && two.second != none; }

}  // namespace

// An engine tells of one as an event, or as a note.
std::string fence_order(const DraftEvent& event) {
  constexpr std::string_view fence = "fence ";
  if (event.operation == "fence") return event.order;
  if (event.note() && event.text.starts_with(fence)) return event.text.substr(fence.size());
  return {};
}

std::vector<WeakLink> weak_links(const Draft& draft, std::size_t first, std::size_t second) {
  return Ways(draft, first, second).weakest();
}

Unordered unordered_by_race(const Draft& draft) {
  Unordered two;
  for (std::size_t i = 0; i != draft.size(); ++i) {
    if (!draft[i].race) continue;
    if (two.second != none) return {};
    (two.first == none ? two.first : two.second) = i;
  }
  return two;
}

Unordered unordered_by_load(const Draft& draft, std::size_t load) {
  const std::size_t newest = last_write(draft, load, draft[load].address);
  if (newest == none || draft[newest].phase != draft[load].phase) return {};
  return {newest, load};
}

std::string missing_order(const Draft& draft, const Unordered& two) {
  if (!known(two)) return {};
  const Words words(draft);
  std::string text;
  for (const WeakLink& link : weak_links(draft, two.first, two.second)) {
    text += "; " + words.of(link);
  }
  if (!text.empty() || !draft[two.second].race) return text;
  text = words.unread(two);
  return text.empty() ? text : "; " + text;
}

void show_links(Draft& draft, const Unordered& two) {
  if (!known(two)) return;
  const auto show = [&draft](std::size_t index) {
    if (index != none && !draft[index].note()) draft[index].hidden = false;
  };
  const std::vector<WeakLink> links = weak_links(draft, two.first, two.second);
  for (const WeakLink& link : links) {
    for (const std::size_t index : {link.from, link.store, link.breaker, link.load, link.to}) {
      show(index);
    }
  }
  if (links.empty() && draft[two.second].race) show(Words::unread_store(draft, two));
}

}  // namespace poolproof
