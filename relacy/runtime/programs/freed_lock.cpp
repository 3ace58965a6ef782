// The last owner of an object frees it: not while it holds the mutex in it.
#include <mutex>
#include <thread>

namespace {

struct Object {
  std::mutex mutex;
  int owners = 2;
};

void let_go(Object* object) {
  object->mutex.lock();
  const bool is_last = --object->owners == 0;
#ifdef WRONG
  if (is_last) {
    delete object;
    return;
  }
  object->mutex.unlock();
#else
  object->mutex.unlock();
  if (is_last) delete object;
#endif
}

}  // namespace

int main() {
  auto* const object = new Object;
  std::thread other(let_go, object);
  let_go(object);
  other.join();
}
