// Child processes, memory that they share with their parent, and pipes to it. A subject that
// crashes or hangs takes only its child with it.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <functional>
#include <new>
#include <optional>
#include <string>
#include <string_view>
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

// A child that calls work and then exits with EXIT_SUCCESS. It ignores SIGINT, SIGTERM and SIGHUP
// unless work handles them, prints to standard error, and dies with its parent. The constructor
// throws std::runtime_error if no child can be made. The caller must have no other threads.
class Process {
 public:
  explicit Process(const std::function<void()>& work);
  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), sent_kill_(other.sent_kill_), status_(other.status_) {}
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
  void send(int signal);
  // Sends SIGKILL and waits.
  void kill();

  // The exit status of a process that has ended; nothing if a signal ended it.
  std::optional<int> exit_status() const;
  // How a process that has ended died; nothing if it exited with EXIT_SUCCESS.
  std::optional<std::string> death() const;
  // Says what another process or the kernel did to this one, which proves nothing about its work;
  // nothing if neither did anything.
  // The kernel kills when memory or processor time runs out; a user kills or stops. A process that
  // does this to itself cannot be told from that.
  std::optional<std::string> done_from_outside();

 private:
  pid_t pid_ = -1;
  bool sent_kill_ = false;
  std::optional<int> status_;  // as waitpid says it
};

// A pipe from a child to its parent. After the fork the child calls be_writer and the parent
// be_reader; each closes the end of the other. The constructor throws std::runtime_error if the
// system has no pipe left.
class Pipe {
 public:
  Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  void be_writer() noexcept;
  void be_reader() noexcept;

  // Writes all of text. Ends this process if nobody reads.
  void write(std::string_view text);
  // Waits at most for timeout. Returns what has arrived, empty if nothing has, and nothing at the
  // end of the pipe.
  std::optional<std::string> read(std::chrono::milliseconds timeout);

 private:
  int reader_ = -1;
  int writer_ = -1;
};

// Calls work in a child. Returns its result; nothing if the child died or took longer than timeout.
std::optional<std::string> in_child(const std::function<std::string()>& work, Nanoseconds timeout);

}  // namespace poolproof
