// Child processes, and memory that they share with their parent. Code under test that crashes,
// hangs or ends its process takes only its child with it.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "time.hpp"

namespace poolproof {

// A T that this process shares with the children that it forks from now on. T holds no pointers,
// and atomics where two processes access it at the same time.
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

// A child that calls work and then ends. It ignores the signals by which people and systems ask a
// process to end, unless work handles them; it prints to standard error, has no other descriptors
// of its parent, and dies with it. Only a return of work counts as a good end: what the code under
// test writes anywhere, and the status with which it ends its process, does not. The constructor
// throws std::runtime_error if no child can be made. The caller must have no other threads.
class Process {
 public:
  explicit Process(const std::function<void()>& work);
  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        sent_kill_(other.sent_kill_),
        status_(other.status_),
        last_words_(std::move(other.last_words_)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it

  // Looks whether it has ended, and returns that.
  bool poll();
  // Has one of these functions seen it end?
  bool ended() const noexcept { return pid_ < 0 || status_; }
  void wait();
  // Waits at most for timeout. Returns whether it has ended.
  bool wait(Nanoseconds timeout);
  // The processor time that it has used, all its threads together; nothing once it has ended.
  std::optional<Nanoseconds> processor_time() const;
  void send(int signal);
  // Sends SIGKILL and waits.
  void kill();

  // The exit status of a process that has ended; nothing if a signal ended it.
  std::optional<int> exit_status() const;
  // Says how a process that has ended came to that; nothing if work returned.
  std::optional<std::string> death() const;
  // Did a sanitizer end it?
  bool ended_by_sanitizer() const noexcept;
  // Says what another process or the kernel did to this one, which proves nothing about its work;
  // nothing if neither did anything.
  // The kernel kills when memory or processor time runs out; a user kills or stops. A process that
  // does this to itself cannot be told from that.
  std::optional<std::string> done_from_outside();

 private:
  // What a child says of its end, in memory that it shares with its parent.
  struct LastWords {
    std::atomic<bool> returned{false};
    std::atomic<bool> by_sanitizer{false};
    char exception[200] = {};  // that nobody caught, or that std::terminate was called
  };
  static LastWords* mine;  // in the child

  [[noreturn]] static void be_the_child(pid_t parent, LastWords& last_words,
                                        const std::function<void()>& work);
  static void watch_for_the_end();
  static void note_exception() noexcept;

  pid_t pid_ = -1;
  bool sent_kill_ = false;
  std::optional<int> status_;  // as waitpid says it
  std::unique_ptr<Shared<LastWords>> last_words_ = std::make_unique<Shared<LastWords>>();
};

// What came of a call in a child.
struct ChildAnswer {
  std::optional<std::string> text;     // what the call returned, if it did
  std::optional<std::string> outside;  // what somebody else did to the child instead
  std::string death;                   // else how the child died, or that it took too long
};

// Calls work in a child, which has at most timeout. A text is at most 64 MiB.
ChildAnswer in_child(const std::function<std::string()>& work, Nanoseconds timeout);

}  // namespace poolproof
