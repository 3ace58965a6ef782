// The program poolproof.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "command_line.hpp"
#include "harness/base/output.hpp"
#include "harness/base/text.hpp"
#include "harness/mcp/server.hpp"
#include "harness/report/report.hpp"
#include "program_main.hpp"
#include "verbs/init_project.hpp"

namespace {

std::filesystem::path own_file() { return std::filesystem::read_symlink("/proc/self/exe"); }

// The model checker is a program of its own, beside this one: Relacy replaces operator new, which
// would falsify what is measured here. It reads the same command line.
[[noreturn]] void become_model_checker(char** argv) {
  const std::filesystem::path self = own_file();
  const std::string path = self.string() + "-relacy";
  execv(path.c_str(), argv);
  const int error = errno;
  if (error == ENOENT) {
    throw poolproof::UsageError(
        "this build has no model checker: builds with a sanitizer, or with clang 14, leave " +
        self.filename().string() + "-relacy out; one by g++, without a sanitizer, has it");
  }
  throw std::runtime_error(fmt::format("{} cannot be started: {}", path, std::strerror(error)));
}

int run(int argc, char** argv) {
  using poolproof::Command;
  const Command command = poolproof::parse_command_line(argc, argv);
  switch (command.verb) {
    case Command::Verb::printed:
      break;
    case Command::Verb::list:
      poolproof::print_result(command.json ? poolproof::list_json() : poolproof::list_text());
      break;
    case Command::Verb::stress:
      return poolproof::run_campaign(command.campaign, poolproof::stop_on_signals());
    case Command::Verb::report: {
      const auto all = poolproof::merged_reports(command.report.folders);
      poolproof::ReportFolder(command.report.out).write(all);
      break;
    }
    case Command::Verb::mcp:
      return poolproof::McpServer(own_file().string(), command.limit).run();
    case Command::Verb::init:
      poolproof::print_result(poolproof::init_project(command.folder));
      break;
    case Command::Verb::check:
    case Command::Verb::program:
    case Command::Verb::replay:
    case Command::Verb::audit:
    case Command::Verb::selftest:
      become_model_checker(argv);
  }
  return poolproof::all_pass;
}

}  // namespace

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)  // as clang says it
#define __SANITIZE_THREAD__ 1        // NOLINT(bugprone-reserved-identifier): as g++ names it
#endif
#endif
#if defined(__SANITIZE_THREAD__)
// A data race ends the run: its verdict is FAIL, and what comes after a race means nothing.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer names it
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif

int main(int argc, char** argv) {
  if (argc > 0) poolproof::set_program_name(argv[0]);
  return poolproof::program_main([&] { return run(argc, argv); });
}
