// A shared_ptr, passed to a thread, and a future: both count references by atomics of two sizes.
// WRONG: the object changes while the other thread may read it.
#include <cassert>
#include <future>
#include <memory>
#include <thread>

struct Object {
  int value = 1;
};

int main() {
  auto object = std::make_shared<Object>();
  std::thread reader([object] { assert(object->value != 0); });
#ifdef WRONG
  object->value = 2;
#endif
  object.reset();
  std::future<int> answer = std::async(std::launch::async, [] { return 42; });
  assert(answer.get() == 42);
  reader.join();
}
