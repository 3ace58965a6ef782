// The bytes that a contender takes, as the kernel counts them: the anonymous pages that a process
// of its own has more when it holds filled_blocks blocks. So links, headers, caches and slack
// count, and memory that was reserved but never touched does not. Precise to some pages.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "pool_bench.hpp"

namespace poolproof::bench {
namespace {

// Walks the page tables; the cheaper counters of /proc/self/statm may be off by many pages.
long anonymous_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;) {
    long kilobytes = 0;
    if (word == "Anonymous:" && rollup >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

std::string read_all(int file) {
  std::string text;
  char part[64];
  for (ssize_t got; (got = read(file, part, sizeof part)) > 0;) {
    text.append(part, static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

long fill_and_look(const Entry& entry) {
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // a page of 2 MiB would hide everything
  static_cast<void>(anonymous_bytes());   // so that what the look itself takes is there
  const long before = anonymous_bytes();
  if (before < 0 || !entry.fill()) return -1;
  return anonymous_bytes() - before;
}

// The same program once more: in a fork, the heap would still have what others have freed.
long filled_bytes(const Entry& entry) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const std::string argument = fill_option + entry.name;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl("/proc/self/exe", "pool_bench", argument.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  const std::string text = read_all(ends[0]);
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  return text.empty() ? -1 : std::strtol(text.c_str(), nullptr, 10);
}

}  // namespace poolproof::bench
