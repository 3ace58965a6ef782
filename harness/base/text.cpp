#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace poolproof {

namespace {

constexpr std::uint32_t light_chaos = 64;
constexpr std::uint32_t heavy_chaos = 8;

struct Unit {
  std::string_view name;
  Nanoseconds length;
};
constexpr Unit units[] = {{"h", std::chrono::hours(1)},
                          {"m", std::chrono::minutes(1)},
                          {"s", std::chrono::seconds(1)},
                          {"ms", std::chrono::milliseconds(1)}};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j - 1] + 1, row[j] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::optional<Nanoseconds> parse_duration(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (parsed.ec != std::errc()) return std::nullopt;
  const std::string_view name(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const double nanoseconds = number * static_cast<double>(unit.length.count());
    if (!(nanoseconds >= 1e6) || nanoseconds > 3.6e15) return std::nullopt;
    return Nanoseconds(std::llround(nanoseconds));
  }
  return std::nullopt;
}

std::string format_duration(Nanoseconds duration) {
  for (const Unit& unit : units) {
    if (duration % unit.length == Nanoseconds(0)) {
      return fmt::format("{}{}", duration / unit.length, unit.name);
    }
  }
  return fmt::format("{:f}ms", static_cast<double>(duration.count()) / 1e6);
}

std::optional<std::uint32_t> parse_chaos(std::string_view text) {
  if (text == "off") return 0;
  if (text == "light") return light_chaos;
  if (text == "heavy") return heavy_chaos;
  if (!text.starts_with("1/")) return std::nullopt;
  std::uint32_t one_in = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + 2, end, one_in);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (one_in == 0 || one_in > 1'000'000) return std::nullopt;
  return one_in;
}

std::string format_chaos(std::uint32_t one_in) {
  if (one_in == 0) return "off";
  if (one_in == light_chaos) return "light";
  if (one_in == heavy_chaos) return "heavy";
  return fmt::format("1/{}", one_in);
}

std::string format_count(double count) {
  if (count < 999.5) return fmt::format("{:.0f}", count);
  constexpr std::string_view prefixes[] = {"k", "M", "G", "T"};
  for (const std::string_view prefix : prefixes) {
    count /= 1000;
    if (count < 999.5 || prefix == "T") {
      const int decimals = count < 9.995 ? 2 : count < 99.95 ? 1 : 0;
      return fmt::format("{:.{}f} {}", count, decimals, prefix);
    }
  }
  return {};
}

namespace {

std::string& name_of_program() {
  static std::string name = "poolproof";
  return name;
}

}  // namespace

const std::string& program_name() { return name_of_program(); }

void set_program_name(std::string_view argv0) {
  constexpr std::string_view checker = "-relacy";
  argv0.remove_prefix(argv0.rfind('/') + 1);
  if (argv0.ends_with(checker)) argv0.remove_suffix(checker.size());
  if (!argv0.empty()) name_of_program() = argv0;
}

std::string with_program_name(std::string text) {
  constexpr std::string_view ours = "poolproof ";
  const std::string name = program_name() + ' ';
  for (std::size_t at = 0; (at = text.find(ours, at)) != std::string::npos; at += name.size()) {
    text.replace(at, ours.size(), name);
  }
  return text;
}

void print_error(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string one_line(std::string text) {
  for (std::size_t i = 0; i != text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters, too.
    const bool second = i != 0 && text[i - 1] == '\xc2' && c >= 0x80 && c < 0xa0;
    if (second) text[i - 1] = '?';
    if (second || c < ' ' || c == 127) text[i] = '?';
  }
  return text;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines;
  std::string start;
  while (start.size() + text.size() > width) {
    const std::size_t room = width - start.size();
    std::size_t end = text.rfind(' ', room);
    // Rather before a remark in brackets than within it.
    if (const std::size_t remark = text.rfind(" (", room); remark != std::string_view::npos) {
      if (text.find(')', remark) >= room && remark != 0 && indent != 0) end = remark;
    }
    if (end == std::string_view::npos || end == 0) end = room;
    lines.push_back(start + std::string(text.substr(0, end)));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    start.assign(indent, ' ');
  }
  lines.push_back(start + std::string(text));
  return lines;
}

std::string nearest_names(std::string_view name, std::span<const std::string_view> names) {
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const std::string_view candidate : names) {
    const bool part = name.size() >= 3 && candidate.find(name) != std::string_view::npos;
    const std::size_t distance = part ? 1 : edit_distance(name, candidate);
    if (distance <= name.size() / 2) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string list;
  for (std::size_t i = 0; i != std::min<std::size_t>(near.size(), 3); ++i) {
    if (i != 0) list += i + 1 == std::min<std::size_t>(near.size(), 3) ? " or " : ", ";
    list += near[i].second;
  }
  return list;
}

}  // namespace poolproof
