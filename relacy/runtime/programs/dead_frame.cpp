// A request that lies on the stack of who makes it, and that another thread answers. WRONG: who
// made it does not wait for the answer.
#include <atomic>
#include <cassert>
#include <thread>

struct Request {
  std::atomic<bool> done{false};
  int answer = 0;
};

std::atomic<Request*> posted{nullptr};

void ask() {
  Request request;
  posted.store(&request, std::memory_order_release);
#ifndef WRONG
  while (!request.done.load(std::memory_order_acquire)) std::this_thread::yield();
  assert(request.answer == 42);
#endif
}

void answer() {
  Request* request = nullptr;
  while (request == nullptr) request = posted.load(std::memory_order_acquire);
  request->answer = 42;
  request->done.store(true, std::memory_order_release);
}

int main() {
  std::thread asks(ask);
  std::thread answers(answer);
  asks.join();
  answers.join();
}
