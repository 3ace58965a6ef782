#include "init_project.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "harness/base/usage_error.hpp"
#include "init_files.hpp"

namespace poolproof {

namespace {

namespace fs = std::filesystem;

struct File {
  const char* path;
  const char* text;
};
constexpr File files[] = {{"CMakeLists.txt", init_cmake},
                          {"my_pool.cpp", init_pool},
                          {".github/workflows/poolproof.yml", init_github},
                          {".gitlab-ci.yml", init_gitlab}};

[[noreturn]] void refuse(const std::string& folder, const std::string& why) {
  throw UsageError(
      fmt::format("DIR '{}': {}; a new folder or an empty one is wanted", folder, why));
}

}  // namespace

void add_init(CLI::App& app, std::string& folder) {
  CLI::App& init =
      *app.add_subcommand("init", "Write a project to start from: a pool, a scenario, CMake, CI");
  init.add_option("DIR", folder, "A new folder, or an empty one")->type_name("")->required();
  init.footer(
      "The pool has a planted bug, which its tests find. Exit status: 0 written, 2 wrong usage.\n"
      "Example:\n"
      "  poolproof init my_pool");
}

std::string init_project(const std::string& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::exists(status) && !fs::is_directory(status)) refuse(folder, "that is no folder");
  if (fs::exists(status) && !fs::is_empty(folder, error)) {
    refuse(folder, error ? error.message() : "something lies there");
  }
  for (const File& file : files) {
    const fs::path path = fs::path(folder) / file.path;
    fs::create_directories(path.parent_path(), error);
    if (error) refuse(folder, error.message());
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    out.close();
    if (!out) refuse(folder, fmt::format("{} cannot be written", file.path));
  }
  return fmt::format(
      "{0}: a pool with a planted bug, its tests, and workflows for GitHub and GitLab. Next:\n"
      "  cmake -S {0} -B {0}/build -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=PREFIX\n"
      "  cmake --build {0}/build && ctest --test-dir {0}/build --output-on-failure\n",
      folder);
}

}  // namespace poolproof
