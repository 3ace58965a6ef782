// Image: the program's writable memory, as it was when main was about to begin, and puts it back
// before each execution. What libraries keep for themselves is not in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace poolproof {

class Image {
 public:
  // A part of the program's memory that is there all the time.
  struct Piece {
    std::uintptr_t start = 0;
    std::vector<char> saved;
  };
  // The program's thread-local variables: how they begin, and where they lie in a thread.
  struct ThreadLocals {
    const char* filled = nullptr;
    std::size_t filled_bytes = 0;
    std::size_t bytes = 0;
    std::intptr_t offset = 0;  // from the thread pointer
  };

  // Takes the image. thread_pointer: that of the caller.
  explicit Image(std::uintptr_t thread_pointer);

  void restore() const noexcept;
  void restore(std::uintptr_t thread_pointer) const noexcept;  // the thread-local variables

  const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  const ThreadLocals& thread_locals() const noexcept { return thread_locals_; }
  // How far the program lies from where it was linked.
  std::uintptr_t base() const noexcept { return base_; }
  bool is_code(const void* at) const noexcept {
    return reinterpret_cast<std::uintptr_t>(at) - code_ < code_bytes_;
  }

 private:
  std::vector<Piece> pieces_;
  ThreadLocals thread_locals_;
  std::uintptr_t base_ = 0;
  std::uintptr_t code_ = 0;
  std::uintptr_t code_bytes_ = 0;
};

}  // namespace poolproof
