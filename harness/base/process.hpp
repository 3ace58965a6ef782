// Child processes, and memory that they share with their parent. A model that crashes or hangs
// takes only its child with it.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace poolproof {

// A T that this process and the children it forks from now on share. T must be fit for that: no
// pointers, atomics where both sides write or read at the same time.
template <class T>
class Shared {
 public:
  Shared()
      : memory_(
            mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    object_ = new (memory_) T();
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { munmap(memory_, sizeof(T)); }

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }

 private:
  void* memory_;
  T* object_;
};

// A child that runs work and ends; what it prints goes to standard error, and it dies with its
// parent. Throws std::runtime_error when there can be none. The caller must have no other threads.
class Process {
 public:
  explicit Process(const std::function<void()>& work);
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it

  // Has it ended?
  bool ended();
  // Waits so long for its end.
  bool wait(std::chrono::nanoseconds timeout);
  void kill();
  // Of one that has ended: nothing when it did so in good order, else how it died.
  std::optional<std::string> death() const;

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// What work returned in a child of its own; nothing when the child died or took longer.
std::optional<std::string> in_child(const std::function<std::string()>& work,
                                    std::chrono::nanoseconds timeout);

}  // namespace poolproof
