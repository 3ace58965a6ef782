// More memory than there can be is asked for. WRONG: what is given is not looked at.
#include <cstdint>
#include <cstdlib>
#include <new>
#include <thread>

volatile std::size_t most = SIZE_MAX - 1;

void ask() {
  auto* const given = static_cast<volatile char*>(std::malloc(most));
#ifndef WRONG
  if (given == nullptr) return;
#endif
  *given = 1;
}

int main() {
  std::thread thread(ask);
  thread.join();
  try {
    ::operator delete(::operator new(most));
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return 1;
}
