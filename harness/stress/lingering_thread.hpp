// LingeringThread: a thread that has done its work stays until it is told to end, so that what it
// keeps of its own outlives what the work was on.
#pragma once

#include <semaphore>
#include <thread>
#include <utility>

namespace poolproof {

class LingeringThread {
 public:
  template <class Work>
  explicit LingeringThread(Work work)
      : thread_([this, work = std::move(work)] {
          work();
          done_.release();
          end_.acquire();
        }) {}
  LingeringThread(const LingeringThread&) = delete;
  LingeringThread& operator=(const LingeringThread&) = delete;
  // Ends it.
  ~LingeringThread() {
    end_.release();
    thread_.join();
  }
  // Waits until its work is done. Once.
  void wait() { done_.acquire(); }

 private:
  std::binary_semaphore done_{0};
  std::binary_semaphore end_{0};
  std::thread thread_;  // last: it uses the others
};

}  // namespace poolproof
