#include "program_command.hpp"

#include <fmt/format.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string_view>

#include "harness/base/text.hpp"
#include "harness/base/usage_error.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

namespace {

constexpr char mark = '\x1f';  // between two arguments

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void refuse(const std::string& path, const std::string& why) {
  throw UsageError(fmt::format("PROGRAM '{}': {}", path, why));
}

std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

bool is_standard(std::string_view function) {
  return function.starts_with("std::") || function.starts_with("__gnu_cxx::") ||
         function.starts_with("__cxa_");
}

// A label of our assembler's before inline assembly that accesses memory.
bool is_label(std::string_view function) { return function.starts_with("poolproof_asm_"); }

bool is_for_shared_memory(std::string_view line) {
  return line.find("\tlock ") != std::string_view::npos ||
         line.find("\tmfence") != std::string_view::npos ||
         (line.find("\txchg ") != std::string_view::npos &&
          line.find('(') != std::string_view::npos);
}

// The instructions for memory that others share, as ProgramCommand::unseen has them; all of these
// are calls in what our compilers made, so they are inline assembly, or were compiled by others.
// Empty if there is none, or no objdump. The standard library's own are known, where a program has
// a copy of it.
std::string code_unseen(const std::string& path) {
  constexpr std::size_t most = 64 << 10;  // bytes, of which an environment may have twice as many
  const std::string command = "objdump -d -C --no-show-raw-insn " + quoted(path) + " 2>/dev/null";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string function;
  std::string found;
  bool is_labelled = false;
  char* line = nullptr;
  std::size_t room = 0;
  while (found.size() < most && getline(&line, &room, pipe) > 0) {
    const std::string_view text(line);
    if (text.ends_with(">:\n")) {
      const std::size_t start = text.find('<') + 1;
      const std::string_view name = text.substr(start, text.size() - start - 3);
      is_labelled = is_label(name);
      if (!is_labelled) function = name;
    } else if (!is_standard(function) && (is_labelled || is_for_shared_memory(text))) {
      is_labelled = false;
      const std::size_t digits = text.find_first_not_of(' ');
      found += fmt::format("{} {}\n", text.substr(digits, text.find(':') - digits), function);
    }
  }
  if (found.size() >= most) found += fmt::format("0 {}\n", function);
  std::free(line);
  pclose(pipe);
  return found;
}

// It must have been compiled and linked by our compilers. Returns what is unseen of it.
std::string check_program_file(const std::string& path) {
  const std::string bytes = bytes_of(path);
  if (!bytes.starts_with("\x7f"
                         "ELF"))
    refuse(path, "that is no program of this machine");
  if (bytes.find("libpoolproof_program.so") == std::string::npos) {
    const std::string checked = path + "-checked";  // as poolproof_add_program makes it
    refuse(path, access(checked.c_str(), X_OK) == 0
                     ? "it was not linked by poolproof-c++ or poolproof-cc; take " + checked
                     : "it was not linked by poolproof-c++ or poolproof-cc");
  }
  if (bytes.find("__tsan_func_entry") == std::string::npos &&
      bytes.find("__tsan_read") == std::string::npos &&
      bytes.find("__tsan_atomic") == std::string::npos) {
    refuse(path, "nothing in it was compiled by poolproof-c++ or poolproof-cc");
  }
  std::string unseen = code_unseen(path);
  if (!unseen.empty()) {
    const std::size_t function = unseen.find(' ') + 1;
    print_error(
        fmt::format("note: {} has instructions for shared memory of its own, which the check does "
                    "not see: inline assembly, or code that others compiled\n",
                    unseen.substr(function, unseen.find('\n') - function)));
  }
  return unseen;
}

}  // namespace

void ProgramCommand::become(const std::string& path, const std::vector<std::string>& arguments,
                            const std::vector<std::string>& command) {
  setenv(unseen_variable, check_program_file(path).c_str(), 1);
  std::string text;
  for (const std::string& part : command) text += part + mark;
  setenv(variable, text.c_str(), 1);
  // Addresses must be the same in each run of a token.
  personality(ADDR_NO_RANDOMIZE);
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
  throw std::runtime_error(fmt::format("{} cannot be started: {}", path, std::strerror(errno)));
}

std::vector<std::string> ProgramCommand::take() {
  const char* const value = std::getenv(variable);
  std::string text = value == nullptr ? "" : value;
  unsetenv(variable);
  std::vector<std::string> command;
  for (std::size_t end; (end = text.find(mark)) != std::string::npos;) {
    command.push_back(text.substr(0, end));
    text.erase(0, end + 1);
  }
  return command;
}

std::string ProgramCommand::unseen() {
  const char* const value = std::getenv(unseen_variable);
  std::string unseen = value == nullptr ? "" : value;
  unsetenv(unseen_variable);
  return unseen;
}

std::string build_of(const std::string& path) {
  const std::string bytes = bytes_of(path);
  if (bytes.empty()) return {};
  StateHash hash;
  hash.add(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
  return fmt::format("{:08x}", static_cast<std::uint32_t>(hash.key().low));
}

}  // namespace poolproof
