// Completions for shells and the man page, made from the command line, so that they cannot
// contradict
// --help.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace poolproof {

// Scripts that complete verbs, options and their values. The user sources them.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);
// In roff, with the macros of man(7).
std::string man_page(const CLI::App& app);

}  // namespace poolproof
