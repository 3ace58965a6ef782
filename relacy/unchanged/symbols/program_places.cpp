#include "program_places.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "program_types.hpp"

namespace poolproof {

namespace {

std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines;
  each_line(command, [&lines](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

bool is_library(std::string_view file) {
  return file.find("/include/c++/") != std::string_view::npos ||
         file.find("/gcc/") != std::string_view::npos || file.starts_with("/usr/include/");
}

// "/home/me/stack.cpp:17 (discriminator 2)"
SourcePlace place_in(std::string_view line) {
  const std::size_t colon = line.rfind(':', line.find(" (disc"));
  if (colon == std::string_view::npos || line.starts_with("?")) return {};
  const std::string_view path = line.substr(0, colon);
  const std::size_t slash = path.rfind('/');
  return {
      std::string(path.substr(slash == std::string_view::npos ? 0 : slash + 1)),
      static_cast<unsigned>(std::strtoul(std::string(line.substr(colon + 1)).c_str(), nullptr, 10)),
      false, std::string(path)};
}

}  // namespace

std::string SourcePlace::text() const {
  return file.empty() ? std::string("?") : file + ':' + std::to_string(line);
}

// addr2line says of each address first its own line, "0x11f9", then the places of all frames that
// are inlined there, the innermost first.
void ProgramPlaces::look_up(const std::vector<const void*>& code) {
  std::vector<const void*> asked;
  std::string command = "addr2line -a -i -e " + quoted_program();
  for (const void* at : code) {
    if (at == nullptr || !known_.try_emplace(at).second) continue;
    asked.push_back(at);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), " 0x%lx",
                  static_cast<unsigned long>(reinterpret_cast<std::uintptr_t>(at) - base_ - 1));
    command += text.data();
  }
  if (asked.empty()) return;
  std::size_t next = 0;
  bool chosen = false;
  for (const std::string& line : lines_of(command)) {
    if (line.starts_with("0x")) {
      ++next;
      chosen = false;
      continue;
    }
    if (next == 0 || next > asked.size() || chosen) continue;
    SourcePlace& place = known_[asked[next - 1]];
    chosen = !is_library(line);
    if (chosen || place.file.empty()) place = place_in(line);
    place.library = !chosen;
  }
}

const SourcePlace& ProgramPlaces::known(const void* code) {
  const auto found = known_.find(code);
  if (found != known_.end()) return found->second;
  look_up({code});
  return known_[code];
}

SourcePlace ProgramPlaces::of(const void* code) {
  look_up({code});
  const auto found = known_.find(code);
  return found == known_.end() ? SourcePlace{} : found->second;
}

// "0000000000004018 0000000000000008 B head"
void ProgramPlaces::read_symbols() {
  has_symbols_ = true;
  for (const std::string& line : lines_of("nm -C -S " + quoted_program())) {
    if (line.size() < 36 || std::string_view("bBdDvVuR").find(line[34]) == std::string_view::npos) {
      continue;
    }
    symbols_.push_back({std::strtoul(line.substr(0, 16).c_str(), nullptr, 16) + base_,
                        std::strtoul(line.substr(17, 16).c_str(), nullptr, 16), line.substr(36)});
  }
}

std::string ProgramPlaces::variable(std::uintptr_t at, const std::string& path) {
  if (!has_symbols_) read_symbols();
  const auto found = std::find_if(symbols_.begin(), symbols_.end(), [&](const Symbol& symbol) {
    return at - symbol.start < symbol.size;
  });
  if (found == symbols_.end()) return {};
  const std::uintptr_t offset = at - found->start;
  if (!path.empty()) return found->name + path;
  return offset == 0 ? found->name : found->name + '+' + std::to_string(offset);
}

}  // namespace poolproof
