// UnseenCode: the instructions for shared memory in a program that are no calls of ours, as those
// of inline assembly. The first time that an execution comes to one of them its trace says so: what
// fails without that is no matter of them.
#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof {

class UnseenCode {
 public:
  // The trace's words, before the function.
  static constexpr std::string_view note = "an instruction that the check does not see, in ";

  // text: for each a line "ADDRESS FUNCTION", the address in hexadecimal as it was linked, or 0 if
  // it is not known. base: how far the program lies from there. reached: shared by all processes
  // of a check; not 0 once any execution has come to one.
  UnseenCode(const std::string& text, std::uintptr_t base, std::uint64_t* reached);
  UnseenCode(const UnseenCode&) = delete;
  UnseenCode& operator=(const UnseenCode&) = delete;
  ~UnseenCode();

  bool empty() const noexcept { return instructions_.empty(); }
  // Of the first one.
  const std::string& function() const noexcept { return instructions_.front().function; }
  // Is it known which of them an execution comes to?
  bool is_watched() const noexcept { return watched_; }
  // The function of one that an execution has come to, or may have; empty: none has.
  std::string reached() const {
    if (empty() || (watched_ && *reached_ == 0)) return {};
    return watched_ ? instructions_[*reached_ - 1].function : function();
  }

  // In a process that explores.
  void catch_traps() const;
  // Before each execution: it has come to none yet.
  void restart() noexcept;

 private:
  struct Instruction {
    std::uintptr_t at = 0;
    unsigned char first_byte = 0;
    bool armed = false;
    std::string function;
  };
  static void trapped(int signal, siginfo_t* info, void* context);

  std::vector<Instruction> instructions_;
  bool watched_ = false;
  std::uint64_t* reached_;  // which instruction, from 1 on
};

}  // namespace poolproof
