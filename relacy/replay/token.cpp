#include "token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace poolproof {

namespace {

constexpr std::string_view version = "pp1";
constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";  // 6 bits each

// A choice that is not the default is one digit: 4 bits say how many default ones come before it, 2
// bits its value. 15 in the 4 bits is an escape, and the 2 bits say which.
constexpr unsigned escape = 15;
enum Escape : unsigned { skip = 0, far_skip = 1, large_value = 2 };
constexpr std::size_t skipped = 15;  // default choices
constexpr std::size_t far_skipped = 240;

// FNV-1a, folded to 24 bits: four digits.
std::uint32_t checksum(std::string_view text) {
  std::uint32_t hash = 2166136261;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return (hash ^ hash >> 24) & 0xffffff;
}

// The path of a program may be long.
std::size_t most_characters(std::string_view allocator) noexcept {
  return Token::most_characters +
         (allocator.find('@') == std::string_view::npos ? 0 : allocator.size());
}

std::string number_text(std::uint64_t number, std::size_t least_digits = 1) {
  std::string text;
  for (; number != 0 || text.size() < least_digits; number >>= 6) text += digits[number & 63];
  return text;
}

std::string schedule_text(const Schedule& schedule) {
  std::string text;
  std::size_t plain = 0;
  const auto put = [&](unsigned gap, unsigned value) { text += digits[gap << 2 | value]; };
  for (const Step& step : schedule) {
    if (step.kind == Step::Kind::fine) continue;
    if (step.is_default) {
      ++plain;
      continue;
    }
    for (; plain >= far_skipped; plain -= far_skipped) put(escape, far_skip);
    for (; plain >= skipped; plain -= skipped) put(escape, skip);
    if (step.value > 3) {
      put(escape, large_value);
      text += digits[step.value >> 2 & 63];
    }
    put(static_cast<unsigned>(plain), step.value & 3);
    plain = 0;
  }
  return text;
}

unsigned digit(char c) {
  const std::size_t value = digits.find(c);
  if (value == std::string_view::npos)
    throw TokenError("it is damaged: there is an odd character in it");
  return static_cast<unsigned>(value);
}

std::uint64_t read_number(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = text.size(); i != 0; --i) number = number << 6 | digit(text[i - 1]);
  return number;
}

Schedule read_schedule(std::string_view text, bool fine) {
  Schedule schedule;
  if (fine) schedule.push_back(fine_step);
  unsigned high = 0;
  for (std::size_t i = 0; i != text.size(); ++i) {
    const unsigned code = digit(text[i]);
    const unsigned gap = code >> 2;
    const unsigned value = code & 3;
    if (gap == escape && value == large_value && i + 1 != text.size()) {
      high = digit(text[++i]) << 2;
      continue;
    }
    const std::size_t plain = gap != escape ? gap : value == skip ? skipped : far_skipped;
    schedule.insert(schedule.end(), plain, Step{.is_default = true});
    if (gap != escape) {
      schedule.push_back({.value = static_cast<std::uint8_t>(high | value), .is_default = false});
      high = 0;
    }
  }
  return schedule;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t end; (end = text.find(':')) != std::string_view::npos;) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

Scope read_scope(std::string_view text) {
  std::uint32_t sizes[3] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i != 3; ++i) {
    const auto parsed = std::from_chars(at, end, sizes[i]);
    const bool last = i == 2;
    if (parsed.ec != std::errc() || (parsed.ptr == end) != last || (!last && *parsed.ptr != 'x')) {
      throw TokenError("it is damaged: its scope is not like 3x3x3");
    }
    at = parsed.ptr + (last ? 0 : 1);
  }
  return {sizes[0], sizes[1], sizes[2]};
}

// Before the choices: the memory is Relacy's.
constexpr char of_relacy = 'm';

// In the place of an order: the operation is a load and a store.
constexpr std::string_view in_two = "two";

std::string changed_order(const OrderChange& change) {
  return fmt::format("{}.{}.{}{}={}:", change.place.file, change.place.line, change.place.column,
                     change.place.on_failure ? "f" : "",
                     change.in_two ? in_two : name_of(change.order));
}

OrderChange read_change(std::string_view text) {
  const auto refuse = [] {
    throw TokenError("it is damaged: its memory order is not like a.hpp.98.31=relaxed");
  };
  // Cuts text at its last mark, and returns the part behind it.
  const auto last = [&](char mark) {
    const std::size_t at = text.rfind(mark);
    if (at == std::string_view::npos) refuse();
    const std::string_view part = text.substr(at + 1);
    text = text.substr(0, at);
    return part;
  };
  const auto number = [&](std::string_view digits_only) {
    std::uint32_t value = 0;
    const char* const end = digits_only.data() + digits_only.size();
    const auto parsed = std::from_chars(digits_only.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) refuse();
    return value;
  };
  OrderChange change;
  const std::string_view name = last('=');
  change.in_two = name == in_two;
  const auto order = order_named(name);
  if (!order && !change.in_two) refuse();
  change.order = order.value_or(std::memory_order_relaxed);
  std::string_view column = last('.');
  change.place.on_failure = column.ends_with('f');
  if (change.place.on_failure) column.remove_suffix(1);
  change.place.column = number(column);
  change.place.line = number(last('.'));
  change.place.file = text;
  if (text.empty()) refuse();
  return change;
}

}  // namespace

// The first character of the choices: 'r' is a random execution, 's' a schedule, 'n' a schedule
// whose loads see at most one stale store, 'f' one of fine steps. A capital letter means that an
// actor may be stopped. An 'm' before it says that the memory is Relacy's.
std::optional<std::string> write_token(const Token& token) {
  std::string text = fmt::format("{}:{}:{}:{}x{}x{}:", version, token.allocator, token.scenario,
                                 token.scope.actors, token.scope.blocks, token.scope.rounds);
  if (token.change) text += changed_order(*token.change);
  if (token.memory == Memory::relacy) text += of_relacy;
  const auto kind = [&](char small, char capital) {
    return token.stop_one_actor ? capital : small;
  };
  if (token.execution != 0) {
    text += kind('r', 'R') + number_text(token.seed, 11) + number_text(token.execution);
  } else {
    text += (has_fine_steps(token.schedule)         ? kind('f', 'F')
             : token.stale_reads == StaleReads::one ? kind('n', 'N')
                                                    : kind('s', 'S')) +
            schedule_text(token.schedule);
  }
  text += number_text(checksum(text), 4);
  if (text.size() > most_characters(token.allocator)) return std::nullopt;
  return text;
}

Token read_token(const std::string& text) {
  const std::vector<std::string_view> parts = split(text);
  if (parts.size() > 1 && parts[0].starts_with("pp") && parts[0] != version) {
    throw TokenError(
        fmt::format("it is of version {}, and this program reads version {}", parts[0], version));
  }
  if ((parts.size() != 5 && parts.size() != 6) || parts[0] != version) {
    throw TokenError("that is no token; one looks like pp1:lockless:churn:3x3x3:sAgEx");
  }
  std::string_view choices = parts.back();
  if (choices.size() < 5 || text.size() > most_characters(parts[1]) ||
      read_number(choices.substr(choices.size() - 4)) !=
          checksum(std::string_view(text).substr(0, text.size() - 4))) {
    throw TokenError("it is damaged: its checksum is wrong; was it copied whole?");
  }
  choices.remove_suffix(4);
  Token token;
  token.allocator = parts[1];
  token.scenario = parts[2];
  token.scope = read_scope(parts[3]);
  if (parts.size() == 6) token.change = read_change(parts[4]);
  if (choices.front() == of_relacy && choices.size() > 1) {
    token.memory = Memory::relacy;
    choices.remove_prefix(1);
  }
  token.stop_one_actor = choices.front() >= 'A' && choices.front() <= 'Z';
  const char kind = static_cast<char>(choices.front() + (token.stop_one_actor ? 'a' - 'A' : 0));
  choices.remove_prefix(1);
  if (kind == 'r' && choices.size() > 11) {
    token.seed = read_number(choices.substr(0, 11));
    token.execution = read_number(choices.substr(11));
  } else if (kind == 's' || kind == 'n' || kind == 'f') {
    token.stale_reads = kind == 'n' ? StaleReads::one : StaleReads::all;
    token.schedule = read_schedule(choices, kind == 'f');
  } else {
    throw TokenError("it is damaged: its choices are of no known kind");
  }
  return token;
}

}  // namespace poolproof
