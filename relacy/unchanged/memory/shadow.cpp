#include "shadow.hpp"

#include <algorithm>
#include <new>

namespace poolproof {

namespace {

constexpr unsigned bit_of(Use use) noexcept { return 1U << static_cast<unsigned>(use); }
constexpr unsigned all_uses = 0b1111;

// With which uses each one races.
constexpr std::array<unsigned, 4> races_with = {bit_of(Use::write) | bit_of(Use::atomic_write),
                                                all_uses, bit_of(Use::write),
                                                bit_of(Use::read) | bit_of(Use::write)};

}  // namespace

// Of spans that overlap, the oldest gives way when there are too many.
ShadowCell::Span& ShadowCell::add(std::uint8_t mask, unsigned actors) {
  if (spans_ == 1 && more_ == nullptr) {
    more_ = std::make_unique_for_overwrite<std::array<Span, most_spans - 1>>();
  }
  if (spans_ == most_spans) {
    first_ = (*more_)[0];
    std::move(more_->begin() + 1, more_->end(), more_->begin());
    --spans_;
  }
  Span& added = span(spans_++);
  added.mask = mask;
  added.code = {};
  for (When& when : added.when) std::fill_n(when.begin(), actors, 0U);
  return added;
}

bool ShadowCell::use(std::uint8_t mask, Use use, const void* code, unsigned actors,
                     std::uint32_t now, RaceWith& race) {
  const auto kind = static_cast<unsigned>(use);
  const unsigned me = running_actor();
  const Stamp* const heard = ActorClock::now();
  Span* mine = nullptr;
  for (unsigned s = 0; s != spans_; ++s) {
    Span& with = span(s);
    if ((with.mask & mask) == 0) continue;
    if (with.mask == mask) {
      if (with.when[kind][me] == now) return false;
      mine = &with;
    }
    for (unsigned other = 0; other != 4; ++other) {
      if ((races_with[kind] >> other & 1) == 0 || with.code[other] == nullptr) continue;
      for (unsigned actor = 0; actor != actors; ++actor) {
        if (with.when[other][actor] <= heard[actor] || actor == me) continue;
        race = {static_cast<Use>(other), actor, with.code[other], with.when[other][actor]};
        return true;
      }
    }
  }
  if (mine == nullptr) mine = &add(mask, actors);
  mine->when[kind][me] = now;
  mine->code[kind] = code;
  return false;
}

bool ShadowCell::used_by_others(unsigned actors, RaceWith& race) {
  const Stamp* const heard = ActorClock::now();
  for (unsigned s = 0; s != spans_; ++s) {
    const Span& with = span(s);
    for (const Use use : {Use::read, Use::write}) {
      const auto kind = static_cast<unsigned>(use);
      for (unsigned actor = 0; actor != actors; ++actor) {
        if (with.when[kind][actor] <= heard[actor] || actor == running_actor()) continue;
        race = {use, actor, with.code[kind], with.when[kind][actor]};
        return true;
      }
    }
  }
  return false;
}

bool ShadowCell::is_heard_of(std::uint8_t mask, unsigned actors) {
  const Stamp* const heard = ActorClock::now();
  for (unsigned s = 0; s != spans_; ++s) {
    const Span& with = span(s);
    if ((with.mask & mask) == 0) continue;
    for (const Use use : {Use::atomic_read, Use::atomic_write}) {
      const When& when = with.when[static_cast<unsigned>(use)];
      for (unsigned actor = 0; actor != actors; ++actor) {
        if (when[actor] > heard[actor] && actor != running_actor()) return false;
      }
    }
  }
  return true;
}

void Shadow::restart() noexcept {
  cells_.forget();
  used_ = 0;
}

AtomicRecord* Shadow::find_atomic(std::uintptr_t at, unsigned size) noexcept {
  ShadowCell* const cell = find(at);
  AtomicRecord* record = cell == nullptr ? nullptr : cell->atomics;
  while (record != nullptr && (record->at != at || record->size != size)) record = record->next;
  return record;
}

void Shadow::drop_atomics(std::uintptr_t at, std::size_t size) noexcept {
  for (std::uintptr_t cell = first_cell(at); cell < at + size; cell += 8) {
    ShadowCell* const found = find(cell);
    if (found == nullptr) continue;
    for (AtomicRecord** record = &found->atomics; *record != nullptr;) {
      if ((*record)->overlaps(at, size)) {
        *record = (*record)->next;
      } else {
        record = &(*record)->next;
      }
    }
  }
}

AtomicRecord& Shadow::add_atomic(std::uintptr_t at, unsigned size, std::uint32_t object,
                                 Word value) {
  if (used_ == pool_.size()) pool_.push_back(std::make_unique<AtomicRecord>());
  AtomicRecord& record = *pool_[used_++];
  ShadowCell& here = cell(at);
  record.at = at;
  record.size = size;
  record.object = object;
  record.weak.renew(value);
  record.written = record.plain_store = false;
  record.next = here.atomics;
  here.atomics = &record;
  return record;
}

std::uint32_t ObjectIds::of(std::uintptr_t at) noexcept {
  const auto size = static_cast<std::uint32_t>(taken_.size());
  const std::uint32_t others = size - first_address;
  const auto first = static_cast<std::uint32_t>((at * 0x9E3779B97F4A7C15U >> 32) % others);
  for (std::uint32_t i = 0; i != others; ++i) {
    const std::uint32_t object = first_address + (first + i) % others;
    if (taken_[object] == at) return object;
    if (taken_[object] != 0) continue;
    taken_[object] = at;
    return object;
  }
  return first_address + first;
}

}  // namespace poolproof
