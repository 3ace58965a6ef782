// A verb of this program in a process of its own, whose standard output and error can be read.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace poolproof {

// It dies with this process. Not thread-safe.
class VerbProcess {
 public:
  // program: the file of the program; arguments: without its name. Throws std::runtime_error if no
  // process can be made.
  VerbProcess(const std::string& program, const std::vector<std::string>& arguments);
  VerbProcess(const VerbProcess&) = delete;
  VerbProcess& operator=(const VerbProcess&) = delete;
  ~VerbProcess();  // kills it

  // The ends to wait for with poll; -1 once they are at their end.
  int out() const noexcept { return out_; }
  int err() const noexcept { return err_; }
  // Reads what is there, and waits if nothing is; at the end it returns an empty text.
  std::string read_out() { return read_from(out_); }
  std::string read_err() { return read_from(err_); }
  bool at_end() const noexcept { return out_ < 0 && err_ < 0; }

  void send(int signal) const;
  // The exit status, once it has ended, for which it waits; nothing if a signal ended it.
  std::optional<int> wait();

 private:
  [[noreturn]] static void become(const std::string& program,
                                  const std::vector<std::string>& arguments, pid_t parent);
  static std::string read_from(int& end);

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

}  // namespace poolproof
