// ProgramPlaces: where addresses lie in the source, and what they are called: by addr2line and nm,
// which come with every compiler that builds such programs. Only asked for a trace.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace poolproof {

struct SourcePlace {
  std::string file;  // empty: not known
  unsigned line = 0;
  bool library = false;  // of the standard library's
  std::string path;      // of the file, with its folder

  // "stack.cpp:17", or "?".
  std::string text() const;
};

class ProgramPlaces {
 public:
  // base: how far the program lies from where it was linked.
  explicit ProgramPlaces(std::uintptr_t base) noexcept : base_(base) {}

  // Looks all of them up at once; code: addresses behind calls.
  void look_up(const std::vector<const void*>& code);
  // Of the innermost frame outside the standard library.
  SourcePlace of(const void* code);
  // The same, as long as this process lives.
  const SourcePlace& known(const void* code);
  // "head", "list.top_", "table+16"; empty where there is no such variable. path: to the member
  // that lies there, if it is known.
  std::string variable(std::uintptr_t at, const std::string& path);

 private:
  struct Symbol {
    std::uintptr_t start = 0;
    std::size_t size = 0;
    std::string name;
  };

  void read_symbols();

  const std::uintptr_t base_;
  // Of all of them, so that processes which are forked need not ask again.
  static inline std::unordered_map<const void*, SourcePlace> known_;
  std::vector<Symbol> symbols_;
  bool has_symbols_ = false;
};

}  // namespace poolproof
