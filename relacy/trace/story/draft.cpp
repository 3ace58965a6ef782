#include "draft.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "relacy/trace/names.hpp"

namespace poolproof {

namespace {

using Phase = HistoryEvent::Phase;

// Names event after event, in their order.
class Namer {
 public:
  explicit Namer(const Names& names) : names_(names) {}

  DraftEvent name(const HistoryEvent& from) {
    DraftEvent event;
    static_cast<HistoryEvent&>(event) = from;
    event.text = names_.with_blocks(from.text);
    if (event.address == nullptr) return event;
    event.variable = event.mutex() ? names_.mutex() : name_of(event);
    if (event.kind == HistoryEvent::Kind::other) event.text = event.variable + ' ' + event.text;
    if (!event.mutex()) decode(event);
    return event;
  }

 private:
  struct Value {
    const std::string& raw;
    Fields& fields;
  };

  // Variables without a name are numbered as the actors come to them.
  std::string name_of(const HistoryEvent& event) {
    std::string name = names_.name(event.address);
    if (!name.empty() || event.phase == Phase::before) return name;
    const auto [found, added] = unnamed_.try_emplace(event.address, unnamed_.size() + 1);
    return 'v' + std::to_string(found->second);
  }

  void decode(DraftEvent& event) {
    const Value values[] = {{event.raw_seen, event.seen.fields},
                            {event.raw_expected, event.expected.fields},
                            {event.raw_stored, event.stored.fields}};
    for (const Value& value : values) {
      if (!value.raw.empty()) value.fields = names_.decode(event.address, value.raw);
      if (value.raw.starts_with("0x")) hold_pointers_.insert(event.address);
    }
    if (!hold_pointers_.contains(event.address)) return;
    for (const Value& value : values) number_pointers(event, value);
  }

  // Pointers to no block become p1, p2 as the actors come to them. 0 is none in a variable that
  // has held a pointer, also if nobody described it.
  void number_pointers(const HistoryEvent& event, const Value& value) {
    for (Field& field : value.fields) {
      if (field.value == "0") field.value = "none";
      if (field.value != Names::somewhere || event.phase == Phase::before || event.plain()) {
        continue;
      }
      const auto [found, added] = pointers_.try_emplace(value.raw, pointers_.size() + 1);
      field.value = 'p' + std::to_string(found->second);
    }
  }

  const Names& names_;
  std::unordered_set<const void*> hold_pointers_;
  std::unordered_map<std::string, std::size_t> pointers_;
  std::unordered_map<const void*, std::size_t> unnamed_;
};

}  // namespace

Draft make_draft(const History& history, const Names& names) {
  Draft draft;
  Namer namer(names);
  for (const HistoryEvent& event : history) draft.push_back(namer.name(event));
  return draft;
}

std::size_t last_write(const Draft& draft, std::size_t end, const void* address) {
  return last_before(draft, end, [address](const DraftEvent& event) {
    // A store that took its place before the newest one is not what loads see from then on.
    return event.address == address && event.writes() && !event.stale;
  });
}

}  // namespace poolproof
