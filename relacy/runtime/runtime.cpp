#include "runtime.hpp"

#include <link.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "crashes.hpp"
#include "harness/base/exit_status.hpp"
#include "relacy/program/program_command.hpp"
#include "replaced_new.hpp"

namespace poolproof {

namespace {

enum class Phase : std::uint8_t { unknown, plain, early, main };
Phase phase = Phase::unknown;

struct Range {
  std::uintptr_t start = 0;
  std::uintptr_t end = 0;
};
Range libc_code;
Range loader_code;

Range code_of(const dl_phdr_info& object) noexcept {
  Range range{~std::uintptr_t{0}, 0};
  for (int i = 0; i != object.dlpi_phnum; ++i) {
    const auto& header = object.dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    range = {object.dlpi_addr + header.p_vaddr, object.dlpi_addr + header.p_vaddr + header.p_memsz};
  }
  return range;
}

void find_libc() noexcept {
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void*) {
        if (std::strstr(object->dlpi_name, "/libc.so") != nullptr) libc_code = code_of(*object);
        if (std::strstr(object->dlpi_name, "/ld-linux") != nullptr) loader_code = code_of(*object);
        return 0;
      },
      nullptr);
}

}  // namespace

void program_begins() noexcept {
  find_libc();
  static_objects_are_made();
  phase = std::getenv(ProgramCommand::variable) == nullptr ? Phase::plain : Phase::early;
  if (phase == Phase::early) catch_early_crashes();
}

bool is_early() noexcept { return phase == Phase::early; }
bool is_checking() noexcept { return phase == Phase::main; }

void refuse_early_thread() noexcept {
  if (phase != Phase::early) return;
  constexpr std::string_view words =
      "poolproof: the program begins a thread before main(), which no execution would have; "
      "nothing "
      "is known of it\n";
  [[maybe_unused]] const ssize_t told = write(STDERR_FILENO, words.data(), words.size());
  _exit(some_unknown);
}

void main_begins() noexcept {
  if (phase != Phase::early) return;
  leave_early_crashes();
  phase = Phase::main;
}

bool is_libc(const void* code) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(code);
  return (at >= libc_code.start && at < libc_code.end) ||
         (at >= loader_code.start && at < loader_code.end);
}

}  // namespace poolproof

// Output of static objects is the program's own where it runs as any other.
extern "C" bool poolproof_is_plain_program() {
  return std::getenv(poolproof::ProgramCommand::variable) == nullptr;
}
