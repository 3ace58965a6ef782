// What a client of poolproof mcp sends, until it hangs up. Calls start /bin/true.
// Fuzz sources: harness/mcp/server.cpp harness/mcp/call.cpp harness/mcp/tools.cpp
// Fuzz sources: harness/mcp/verb_process.cpp harness/report/schema.cpp harness/report/report.cpp
// Fuzz sources: harness/base/input_file.cpp harness/base/text.cpp
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/base/fuzz.hpp"
#include "server.hpp"

namespace {

using Json = nlohmann::ordered_json;

// A file without a name in place of a descriptor, empty at first.
void put_in_place_of(int descriptor) {
  const int file = memfd_create("fuzz", MFD_CLOEXEC);
  fuzz_expect(file >= 0 && dup2(file, descriptor) == descriptor, "there is a file");
  close(file);
}

void give_input(const std::uint8_t* data, std::size_t size) {
  put_in_place_of(STDIN_FILENO);
  const bool given = write(STDIN_FILENO, data, size) == static_cast<ssize_t>(size);
  fuzz_expect(given && lseek(STDIN_FILENO, 0, SEEK_SET) == 0, "the input is given");
}

std::string output() {
  std::string text(static_cast<std::size_t>(lseek(STDOUT_FILENO, 0, SEEK_END)), '\0');
  const ssize_t got = pread(STDOUT_FILENO, text.data(), text.size(), 0);
  fuzz_expect(got == static_cast<ssize_t>(text.size()), "the output is read");
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  give_input(data, size);
  put_in_place_of(STDOUT_FILENO);
  poolproof::McpServer("/bin/true", std::chrono::seconds(1)).run();
  const std::string said = output();
  fuzz_expect(said.empty() || said.back() == '\n', "each message is a whole line");
  for (std::size_t start = 0; start < said.size();) {
    const std::size_t end = said.find('\n', start);
    const Json message = Json::parse(said.substr(start, end - start), nullptr, false);
    fuzz_expect(message.is_object() && message.value("jsonrpc", "") == "2.0", "and JSON-RPC");
    fuzz_expect(message.contains("id") != message.contains("method"), "an answer, or a notice");
    fuzz_expect(
        message.contains("method") || message.contains("result") != message.contains("error"),
        "an answer is a result or an error");
    start = end + 1;
  }
  return 0;
}
