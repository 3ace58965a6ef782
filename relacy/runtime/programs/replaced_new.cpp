// The global operator new and delete replaced, in their plain forms: all others come down to these.
// WRONG: two threads count in a plain variable.
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

namespace {

#ifdef WRONG
long in_use;
#else
std::atomic<long> in_use{0};
#endif

constexpr unsigned long ours = 42;

struct alignas(16) Header {
  unsigned long mark;
};

}  // namespace

void* operator new(std::size_t size) {
  auto* header = static_cast<Header*>(std::malloc(size + sizeof(Header)));
  if (header == nullptr) throw std::bad_alloc();
  header->mark = ours;
  ++in_use;
  return header + 1;
}

void operator delete(void* at) noexcept {
  if (at == nullptr) return;
  auto* header = static_cast<Header*>(at) - 1;
  assert(header->mark == ours);
  header->mark = 0;
  --in_use;
  std::free(header);
}

std::string early = "a string that is too long to lie in the object itself";

int main() {
  std::thread other([] {
    delete[] new int[3];
    const std::string copy = early;
  });
  delete new (std::nothrow) char;
  other.join();
  early += " and more of it";
}
