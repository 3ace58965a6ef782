// ProgramTypes: which member of a variable lies at an address, and of what parts its value is made:
// by readelf, from what the compiler has written for debuggers. Only asked for a trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace poolproof {

// Calls line with each line that the command prints. Nothing if it cannot be run.
void each_line(const std::string& command, const std::function<void(std::string_view)>& line);
// The name of the program's file, as a shell takes it.
std::string quoted_program();

class ProgramTypes {
 public:
  // A part of a value: "tag", from its byte 4, 4 bytes long.
  struct Part {
    std::string name;
    unsigned first = 0;
    unsigned bytes = 0;
    bool is_signed = false;
  };
  struct Member {
    std::string path;         // behind the variable's name: ".top_", ".next_[1]"; may be empty
    std::vector<Part> parts;  // of a struct of at most 8 bytes; else none
  };

  // base: how far the program lies from where it was linked.
  explicit ProgramTypes(std::uintptr_t base) noexcept : base_(base) {}

  // Of the static variable that at lies in; empty where the compiler says nothing of it.
  Member member(std::uintptr_t at);

 private:
  using Offset = std::uint32_t;
  // An entry of the debugging information.
  struct Entry {
    std::string tag;   // "member", without "DW_TAG_"
    std::string name;  // may be empty
    Offset type = 0;   // 0: none
    Offset specification = 0;
    std::size_t first = 0;       // a member: its first byte
    std::size_t bytes = 0;       // a type; 0: not said
    std::size_t elements = 0;    // a range of an array
    std::uintptr_t address = 0;  // a static variable; 0: none
    bool is_signed = false;
    std::vector<Offset> children;
  };

  void read();
  void read_attribute(std::string_view line, Entry& entry) const;
  const Entry* find(Offset offset) const;
  // The type behind names for it, const and volatile.
  const Entry* type_of(const Entry& entry) const;
  std::size_t bytes_of(const Entry& type) const;
  void descend(const Entry& type, std::size_t offset, Member& member) const;
  std::vector<Part> parts_of(const Entry& type) const;

  const std::uintptr_t base_;
  bool is_read_ = false;
  std::unordered_map<Offset, Entry> entries_;
  std::vector<Offset> variables_;
};

}  // namespace poolproof
