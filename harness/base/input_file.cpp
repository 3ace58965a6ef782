#include "input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace poolproof {

namespace {

constexpr std::size_t most_nested = 64;

[[noreturn]] void refuse(int error) { throw InputError(std::strerror(error)); }

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {
    if (fd < 0) refuse(errno);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  int fd;
};

struct stat look_at(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) refuse(errno);
  if (!S_ISREG(status.st_mode)) throw InputError("a regular file is wanted");
  return status;
}

std::string read_all(int fd, std::size_t most_bytes) {
  const auto size = static_cast<std::size_t>(look_at(fd).st_size);
  std::string text;
  char buffer[1 << 16];
  while (text.size() <= most_bytes && size <= most_bytes) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno != EINTR) refuse(errno);
    if (got == 0) return text;
    if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  }
  throw InputError(fmt::format("it is larger than {} MiB", most_bytes >> 20));
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) refuse(errno);
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

// How many arrays and objects lie within each other, at most.
std::size_t nesting(std::string_view json) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth != 0) {
      --depth;
    }
  }
  return deepest;
}

std::string without_links(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(realpath(path.c_str(), nullptr), std::free);
  if (real == nullptr) refuse(errno);
  return real.get();
}

bool is_at(int fd, const std::string& path) {
  struct stat there {};
  const struct stat mine = look_at(fd);
  return stat(path.c_str(), &there) == 0 && there.st_dev == mine.st_dev &&
         there.st_ino == mine.st_ino;
}

}  // namespace

std::string read_input(const std::string& path, std::size_t most_bytes) {
  // Without waiting, as for the writer of a pipe.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return read_all(file.fd, most_bytes);
}

nlohmann::ordered_json parse_input(std::string_view text) {
  if (nesting(text) > most_nested) {
    throw InputError(
        fmt::format("more than {} arrays and objects lie within each other", most_nested));
  }
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) throw InputError("it is no JSON");
  return json;
}

std::uint64_t hash_text(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

LockedFile::LockedFile(const std::string& path) {
  constexpr mode_t for_all = 0666;  // less what umask takes away
  for (;;) {
    Descriptor file(
        open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, for_all));
    look_at(file.fd);
    path_ = without_links(path);
    if (flock(file.fd, LOCK_EX | LOCK_NB) != 0) {
      throw InputError("another process uses it at this time");
    }
    // Else its user has replaced it meanwhile.
    if (!is_at(file.fd, path_)) continue;
    text_ = read_all(file.fd, 256 << 20);
    fd_ = std::exchange(file.fd, -1);
    return;
  }
}

LockedFile::~LockedFile() {
  if (fd_ >= 0) close(fd_);
}

void LockedFile::replace(std::string_view text) {
  std::string part = path_ + ".XXXXXX";
  Descriptor file(mkostemp(part.data(), O_CLOEXEC));
  try {
    write_all(file.fd, text);
    fchmod(file.fd, look_at(fd_).st_mode & 07777);
    if (flock(file.fd, LOCK_EX) != 0 || rename(part.c_str(), path_.c_str()) != 0) refuse(errno);
  } catch (const InputError&) {
    unlink(part.c_str());
    throw;
  }
  std::swap(fd_, file.fd);
}

}  // namespace poolproof
