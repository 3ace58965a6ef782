// poolproof init: a project to start from.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace poolproof {

// folder: where the project goes.
void add_init(CLI::App& app, std::string& folder);

// Writes the files of init/ into the folder, which it makes if need be, and returns what to do
// next, in words. The project has a pool with a planted bug. Throws UsageError, and writes nothing,
// if something lies in the folder or it cannot be written.
std::string init_project(const std::string& folder);

}  // namespace poolproof
