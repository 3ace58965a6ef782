// What shells and man know of a program: made of its command line, so that they cannot say another
// thing than --help.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace poolproof {

// Scripts that complete verbs, options and their values; to be sourced.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
// In roff, with the macros of man(7).
std::string man_page(const CLI::App& app);

}  // namespace poolproof
