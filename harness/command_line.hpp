// The command line, parsed: poolproof list, poolproof stress.
#pragma once

#include <stdexcept>
#include <string>

#include "campaign.hpp"

namespace poolproof {

// Wrong usage: what() is one line that says what was wrong and what would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Command {
  enum class Verb { stress, list, printed };  // printed: --help or --version, nothing left to do
  Verb verb = Verb::printed;
  bool json = false;
  CampaignConfig campaign;  // of stress
};

// Throws UsageError.
Command parse_command_line(int argc, const char* const* argv);

std::string list_text();
std::string list_json();

}  // namespace poolproof
