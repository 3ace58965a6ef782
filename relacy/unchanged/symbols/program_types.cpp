#include "program_types.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace poolproof {

namespace {

// More than that is not read: the trace would have to wait for it.
constexpr std::size_t most_entries = 2'000'000;

// The number that text starts with.
std::size_t number(std::string_view text, int base = 10) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// What stands behind the first mark; empty without one.
std::string_view behind(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

bool is_struct(std::string_view tag) {
  return tag == "structure_type" || tag == "class_type" || tag == "union_type";
}
bool is_scalar(std::string_view tag) {
  return tag == "base_type" || tag == "pointer_type" || tag == "enumeration_type";
}
// What the trace has a use for.
bool is_wanted(std::string_view tag) {
  return is_struct(tag) || is_scalar(tag) || tag == "member" || tag == "inheritance" ||
         tag == "variable" || tag == "array_type" || tag == "subrange_type" || tag == "typedef" ||
         tag == "const_type" || tag == "volatile_type";
}
// Names that the standard library has for what is in its types.
bool is_of_library(std::string_view name) {
  return name.empty() || (name.size() > 1 && name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z') ||
         name.starts_with("__");
}

}  // namespace

std::string quoted_program() {
  std::array<char, 4096> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  std::string quoted = "'";
  for (const char c :
       std::string_view(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size))) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + '\'';
}

void each_line(const std::string& command, const std::function<void(std::string_view)>& line) {
  std::FILE* const pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return;
  char* text = nullptr;
  std::size_t room = 0;
  for (ssize_t size; (size = getline(&text, &room, pipe)) > 0;) {
    const std::string_view all(text, static_cast<std::size_t>(size));
    line(all.ends_with('\n') ? all.substr(0, all.size() - 1) : all);
  }
  std::free(text);
  pclose(pipe);
}

// "<90>   DW_AT_name        : (indirect string, offset: 0x1bd): slot"; later versions of readelf
// put the form before a value: "(strp) (offset: 0x1bd): slot", "(ref4) <0x55>", "(data1) 8".
void ProgramTypes::read_attribute(std::string_view line, Entry& entry) const {
  const std::string_view all = behind(line, "DW_AT_");
  const std::string_view key = all.substr(0, all.find_first_of(" :"));
  std::string_view value = behind(all, ":");
  value.remove_prefix(std::min(value.size(), value.find_first_not_of(" \t")));
  if (value.starts_with('(') && value.find_first_of(" :)") == value.find(')')) {
    value = behind(value, ") ");
  }
  if (key == "name") {
    if (value.starts_with('(')) value = behind(value, "): ");
    entry.name = value.substr(0, value.find_last_not_of(' ') + 1);
  } else if (key == "type") {
    entry.type = static_cast<Offset>(number(behind(value, "<0x"), 16));
  } else if (key == "specification") {
    entry.specification = static_cast<Offset>(number(behind(value, "<0x"), 16));
  } else if (key == "data_member_location") {
    entry.first = number(value);
  } else if (key == "byte_size") {
    entry.bytes = number(value);
  } else if (key == "upper_bound") {
    entry.elements = number(value) + 1;
  } else if (key == "encoding") {
    entry.is_signed = value.find("signed") != std::string_view::npos &&
                      value.find("unsigned") == std::string_view::npos;
  } else if (key == "external" && entry.tag == "member") {
    entry.tag = "variable";  // a static member
  } else if (key == "location") {
    entry.address = number(behind(value, "(DW_OP_addr: "), 16);
  }
}

// " <2><8f>: Abbrev Number: 12 (DW_TAG_member)", and then its attributes.
void ProgramTypes::read() {
  is_read_ = true;
  std::vector<Offset> above;  // the entry at each depth, 0: one that is left out
  Offset now = 0;
  each_line("readelf --debug-dump=info --wide " + quoted_program(), [&](std::string_view line) {
    if (const std::string_view tag = behind(line, "(DW_TAG_"); !tag.empty()) {
      const std::string_view name = tag.substr(0, tag.find(')'));
      const std::size_t depth = number(behind(line, "<"), 16);
      above.resize(depth + 1);
      now = 0;
      if (is_wanted(name) && entries_.size() < most_entries) {
        now = static_cast<Offset>(number(behind(line, "><"), 16));
        entries_[now].tag = name;
        if (depth != 0 && above[depth - 1] != 0) entries_[above[depth - 1]].children.push_back(now);
        if (name == "variable") variables_.push_back(now);
      }
      above[depth] = now;
    } else if (now != 0) {
      read_attribute(line, entries_[now]);
    }
  });
}

const ProgramTypes::Entry* ProgramTypes::find(Offset offset) const {
  const auto found = entries_.find(offset);
  return offset == 0 || found == entries_.end() ? nullptr : &found->second;
}

const ProgramTypes::Entry* ProgramTypes::type_of(const Entry& entry) const {
  const Entry* type = find(entry.type);
  while (type != nullptr && !is_struct(type->tag) && !is_scalar(type->tag) &&
         type->tag != "array_type") {
    type = find(type->type);
  }
  return type;
}

std::size_t ProgramTypes::bytes_of(const Entry& type) const {
  if (type.tag == "pointer_type") return sizeof(void*);
  if (type.tag != "array_type") return type.bytes;
  const Entry* const element = type_of(type);
  std::size_t bytes = element == nullptr ? 0 : bytes_of(*element);
  for (const Offset child : type.children) bytes *= find(child)->elements;
  return bytes;
}

// The path to what lies there, up to an atomic or a scalar.
void ProgramTypes::descend(const Entry& type, std::size_t offset, Member& member) const {
  if (type.tag == "array_type") {
    const Entry* const element = type_of(type);
    const std::size_t bytes = element == nullptr ? 0 : bytes_of(*element);
    if (bytes == 0) return;
    member.path += '[' + std::to_string(offset / bytes) + ']';
    return descend(*element, offset % bytes, member);
  }
  if (!is_struct(type.tag)) return;
  for (const Offset child : type.children) {
    const Entry& part = *find(child);
    const Entry* const inner = type_of(part);
    if ((part.tag != "member" && part.tag != "inheritance") || inner == nullptr ||
        offset - part.first >= bytes_of(*inner)) {
      continue;
    }
    // The value of an atomic: a struct of the user's, in a member that the library has named.
    const bool value = part.tag == "member" && type.name.starts_with("atomic<");
    if (value && is_struct(inner->tag)) {
      member.parts = parts_of(*inner);
      return;
    }
    if (part.tag == "member" && !is_of_library(part.name)) member.path += '.' + part.name;
    return descend(*inner, offset - part.first, member);
  }
}

// None unless all of them are scalars.
std::vector<ProgramTypes::Part> ProgramTypes::parts_of(const Entry& type) const {
  std::vector<Part> parts;
  for (const Offset child : type.children) {
    const Entry& part = *find(child);
    if (part.tag != "member") continue;
    const Entry* const inner = type_of(part);
    if (inner == nullptr || !is_scalar(inner->tag)) return {};
    parts.push_back({part.name, static_cast<unsigned>(part.first),
                     static_cast<unsigned>(bytes_of(*inner)), inner->is_signed});
  }
  if (type.bytes > sizeof(std::uint64_t) || parts.size() < 2) return {};
  return parts;
}

ProgramTypes::Member ProgramTypes::member(std::uintptr_t at) {
  if (!is_read_) read();
  for (const Offset offset : variables_) {
    const Entry& variable = entries_[offset];
    if (variable.address == 0) continue;
    const Entry* const declared = find(variable.specification);
    const Entry* const type =
        type_of(variable.type != 0 || declared == nullptr ? variable : *declared);
    if (type == nullptr || at - base_ - variable.address >= bytes_of(*type)) continue;
    Member member;
    descend(*type, at - base_ - variable.address, member);
    return member;
  }
  return {};
}

}  // namespace poolproof
