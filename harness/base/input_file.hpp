// Files that users name: only regular ones are read, of a bounded size and depth, and one that is
// written has one process at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace poolproof {

// Says why a file cannot be used, without its name.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The content of a regular file of at most most_bytes. Throws InputError.
std::string read_input(const std::string& path, std::size_t most_bytes = 256 << 20);

// text as JSON, in which at most 64 arrays and objects lie within each other. Throws InputError.
nlohmann::ordered_json parse_input(std::string_view text);

// FNV-1a: tells files apart that nobody has made alike on purpose.
std::uint64_t hash_text(std::string_view text) noexcept;

// A file that this process alone uses: others that ask for it are refused meanwhile.
class LockedFile {
 public:
  // Makes the file if there is none. Throws InputError, also where it cannot be written later.
  explicit LockedFile(const std::string& path);
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  ~LockedFile();

  // Empty if it is new.
  const std::string& text() const noexcept { return text_; }
  // Replaces the whole content in one step: a reader finds the old one or the new one. A link to
  // the file stays one. Throws InputError; then the old content is there.
  void replace(std::string_view text);

 private:
  int fd_ = -1;
  std::string path_;  // without links
  std::string text_;
};

}  // namespace poolproof
