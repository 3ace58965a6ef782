// What the trace says of an execution of a program.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include "program.hpp"
#include "relacy/trace/names.hpp"
#include "unseen_code.hpp"
#include "unseen_libraries.hpp"

namespace poolproof {

namespace {

constexpr const char* library_note = "note of the library";

}  // namespace

bool Program::is_pointer(std::uint64_t value) const noexcept {
  return ProgramHeap::is_here(value) || LentThreads::is_stack(value);
}

std::string Program::raw(Word value) const {
  const auto low = static_cast<std::uint64_t>(value);
  const auto high = static_cast<std::uint64_t>(value >> 64);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), is_pointer(low) ? "0x%lx" : "%ld",
                static_cast<long>(low));
  if (high == 0) return text.data();
  std::string both = text.data();
  std::snprintf(text.data(), text.size(), ", %lu", static_cast<unsigned long>(high));
  return both + text.data();
}

void Program::tell(HistoryEvent event, const void* code) {
  event.phase = HistoryEvent::Phase::actors;
  event.actor = self() == Strategy::nobody ? 0 : self();
  event.code = code;
  if (event.address != nullptr) told_.push_back(reinterpret_cast<std::uintptr_t>(event.address));
  chains_.push_back(chain_of(actors_[event.actor], code));
  model_event(std::move(event));
}

void Program::tell(HistoryEvent::Kind kind, const char* operation, std::uintptr_t at,
                   const void* code) {
  if (!model_is_traced()) return;
  HistoryEvent event;
  event.kind = kind;
  event.operation = operation;
  event.address = reinterpret_cast<const void*>(at);
  tell(std::move(event), code);
}

void Program::note(std::string text, const void* code) {
  if (!model_is_traced()) return;
  HistoryEvent event;
  event.kind = HistoryEvent::Kind::note;
  event.text = std::move(text);
  tell(std::move(event), code);
}

namespace {

// How the value of a struct reads: "slot 2, tag 1". parts: live as long as what is returned.
auto decoder_of(const std::vector<ProgramTypes::Part>& parts) {
  return [all = &parts](std::uint64_t value, FieldSink& field) {
    for (const ProgramTypes::Part& part : *all) {
      const unsigned unused = 64 - 8 * part.bytes;
      const std::uint64_t high = value >> (8 * part.first) << unused;
      if (part.is_signed) {
        field(part.name, static_cast<std::int64_t>(high) >> unused);
      } else {
        field(part.name, high >> unused);
      }
    }
  };
}

}  // namespace

void Program::describe(Names& names) const {
  ProgramHeap& all = heap();
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (all[i].made != nullptr) {
      names.blocks(reinterpret_cast<const void*>(all[i].start), 1, all[i].size, all.number(all[i]));
    }
  }
  std::sort(told_.begin(), told_.end());
  told_.erase(std::unique(told_.begin(), told_.end()), told_.end());
  names_.clear();
  parts_.clear();
  names_.reserve(told_.size());
  for (const std::uintptr_t at : told_) {
    std::string name;
    std::vector<ProgramTypes::Part> parts;
    if (ProgramHeap::is_here(at)) {
      const HeapBlock* const block = all.find(at);
      if (block == nullptr) continue;
      name = "block " + std::to_string(all.number(*block));
      if (at != block->start) name += '+' + std::to_string(at - block->start);
    } else if (LentThreads::is_stack(at)) {
      name = "stack of " + std::to_string(LentThreads::owner_of(at)) + '-' +
             std::to_string(LentThreads::stack_end(LentThreads::owner_of(at)) - at);
    } else {
      const ProgramTypes::Member member = types_.member(at);
      name = shown(places_.variable(at, member.path));
      if (name.empty()) continue;
      parts = member.parts;
    }
    names_.push_back(std::move(name));
    if (parts.empty()) {
      names.at(names_.back().c_str(), reinterpret_cast<const void*>(at));
    } else {
      names.at(names_.back().c_str(), reinterpret_cast<const void*>(at),
               Decoder::of(decoder_of(parts_.emplace_back(std::move(parts)))));
    }
  }
}

Program::CodeChain Program::chain_of(const Actor& actor, const void* code) const {
  CodeChain chain = {code};
  for (unsigned depth = std::min(actor.calls.depth, Calls::most); depth-- != 0;) {
    chain.push_back(actor.calls.code[depth]);
  }
  return chain;
}

// Of the first function outside the standard library.
SourcePlace Program::place_of(const CodeChain& chain) const {
  SourcePlace first;
  for (const void* code : chain) {
    if (!image_.is_code(code)) continue;
    SourcePlace place = places_.of(code);
    if (place.file.empty()) continue;
    if (!place.library) return place;
    if (first.file.empty()) first = place;
  }
  return first;
}

void Program::place(History& history) const {
  std::vector<CodeChain> chains = chains_;
  if (!first_of_race_.empty() && first_of_race_at_ <= history.size()) {
    const auto at = static_cast<std::ptrdiff_t>(first_of_race_at_);
    history.insert(history.begin() + at, first_of_race_.front());
    chains.insert(chains.begin() + at, first_of_race_chain_);
  }
  CodeChain all;
  for (const CodeChain& chain : chains) {
    std::copy_if(chain.begin(), chain.end(), std::back_inserter(all),
                 [this](const void* code) { return image_.is_code(code); });
  }
  places_.look_up(all);
  for (std::size_t i = 0; i != history.size() && i != chains.size(); ++i) {
    const SourcePlace place = place_of(chains[i]);
    history[i].file = place.file;
    history[i].path = place.path;
    history[i].line = place.line;
    // What the library does for itself, as for a thread that ends, is no news.
    if (place.library && history[i].note() && !history[i].text.starts_with(UnseenCode::note) &&
        !history[i].text.starts_with(UnseenLibraries::note) &&
        !history[i].text.starts_with(UnseenLibraries::apart)) {
      history[i].operation = library_note;
    }
  }
  std::erase_if(history, [](const HistoryEvent& event) { return event.operation == library_note; });
}

std::string Program::waits_at(unsigned actor) const {
  const Actor& waiter = actors_[actor];
  return place_of(chain_of(waiter, waiter.code)).text();
}

}  // namespace poolproof
