// ProgramCommand: how a program that is checked as it is gets to know that it is, and what it is to
// do: it becomes the model checker of itself, by our command line in its environment.
#pragma once

#include <string>
#include <vector>

namespace poolproof {

struct ProgramCommand {
  static constexpr const char* variable = "POOLPROOF_PROGRAM";
  static constexpr const char* unseen_variable = "POOLPROOF_PROGRAM_UNSEEN";

  // This process becomes the program. command: our own arguments. Throws UsageError if the program
  // was not compiled for that.
  [[noreturn]] static void become(const std::string& path,
                                  const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& command);
  // In the program: our arguments.
  static std::vector<std::string> take();
  // And its instructions for shared memory which the check does not see: for each a line "ADDRESS
  // FUNCTION", the address in hexadecimal, or 0 in the last line of more than 64 KiB. Empty: none.
  static std::string unseen();
};

// Of a file: which build it is, as a token names it. Empty if it cannot be read.
std::string build_of(const std::string& path);

}  // namespace poolproof
