// A sequence lock: its readers copy all words, and again if a writer came between. WRONG: nothing
// keeps the words behind the count that says so.
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <thread>

struct Data {
  int one;
  double other;
  char last;
};

constexpr auto relaxed = std::memory_order_relaxed;
using Words = std::array<std::uint64_t, (sizeof(Data) + 7) / 8>;

std::atomic<unsigned> sequence{0};
std::array<std::atomic<std::uint64_t>, Words().size()> words{};

void write(const Data& data) {
  Words copy{};
  std::memcpy(copy.data(), &data, sizeof data);
  const unsigned before = sequence.load(relaxed);
  sequence.store(before + 1, relaxed);
#ifndef WRONG
  std::atomic_thread_fence(std::memory_order_release);
#endif
  for (std::size_t i = 0; i != copy.size(); ++i) words[i].store(copy[i], relaxed);
  sequence.store(before + 2, std::memory_order_release);
}

bool read(Data& data) {
  const unsigned before = sequence.load(std::memory_order_acquire);
  if (before % 2 != 0) return false;
  Words copy;
  for (std::size_t i = 0; i != copy.size(); ++i) copy[i] = words[i].load(relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (sequence.load(relaxed) != before) return false;
  std::memcpy(&data, copy.data(), sizeof data);
  return true;
}

int main() {
  std::thread writer([] {
    write({1, 1.0, 1});
    write({2, 2.0, 2});
  });
  Data data;
  if (read(data)) assert(data.one == data.last && data.other == data.one);
  writer.join();
}
