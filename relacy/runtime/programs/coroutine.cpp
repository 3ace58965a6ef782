// A coroutine that one thread begins and another goes on with. WRONG: it is published without the
// order for that.
#include <atomic>
#include <cassert>
#include <coroutine>
#include <exception>
#include <thread>

struct Task {
  struct promise_type {
    int result = 0;
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(int value) { result = value; }
    void unhandled_exception() { std::terminate(); }
  };
};
using Handle = std::coroutine_handle<Task::promise_type>;

std::atomic<void*> parked{nullptr};

struct OnAnotherThread {
  bool await_ready() noexcept { return false; }
  void await_suspend(Handle handle) noexcept {
#ifdef WRONG
    parked.store(handle.address(), std::memory_order_relaxed);
#else
    parked.store(handle.address(), std::memory_order_release);
#endif
  }
  int await_resume() noexcept { return 5; }
};

Task work(int before) {
  const int after = co_await OnAnotherThread{};
  co_return before + after;
}

int main() {
  std::thread other([] {
    void* at = nullptr;
    while (at == nullptr) at = parked.load(std::memory_order_acquire);
    const Handle handle = Handle::from_address(at);
    handle.resume();
    assert(handle.promise().result == 7);
    handle.destroy();
  });
  work(2);
  other.join();
}
