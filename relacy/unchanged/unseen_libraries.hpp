// UnseenLibraries: the shared libraries of a program that were not compiled for the check, but for
// those that come with the compiler. The first time that an execution comes to code of one its
// trace says so: how that orders threads is not seen, and it may forbid what fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof {

class UnseenLibraries {
 public:
  // The trace's words, before the function and its library.
  static constexpr std::string_view note = "code of others that the check does not see: ";
  // The same before their names, of a race that no call of theirs can have ordered.
  static constexpr std::string_view apart =
      "no call into these can have ordered the two accesses: ";

  // Takes those that are loaded now. reached: shared by all processes of a check; not 0 once any
  // execution has come to one.
  explicit UnseenLibraries(std::uint64_t* reached);
  UnseenLibraries(const UnseenLibraries&) = delete;
  UnseenLibraries& operator=(const UnseenLibraries&) = delete;
  ~UnseenLibraries();

  bool empty() const noexcept { return libraries_.empty(); }
  bool are_several() const noexcept { return libraries_.size() > 1; }
  std::string names() const;  // with commas between them

  // Before each execution: it has come to none yet. Closes their code, so that who comes there
  // traps; the process must have a handler that asks opened().
  void restart() noexcept {
    any_is_open_ = true;
    close();
  }
  // The program has come back from them: the next call traps again.
  void close() noexcept {
    if (any_is_open_) close_all();
  }
  bool were_reached() const noexcept { return *reached_ != 0; }
  // Of a process that trapped at that address, with the stack where it was: was it for this? Then
  // the code is open again, and it was called: on top of the stack is from where.
  static bool opened(std::uintptr_t at, const void* const* stack);

 private:
  struct Library {
    std::string name;
    std::uintptr_t code = 0;
    std::size_t bytes = 0;
    bool is_open = true;
  };
  bool open(std::uintptr_t at, const void* const* stack);
  void close_all() noexcept;

  std::vector<Library> libraries_;
  bool any_is_open_ = true;
  std::uint64_t* reached_;
};

}  // namespace poolproof
