// Two threads free a block of a hardened pool at the same instant. What is reported is a double
// free, or that the pool hands the block out twice, and nothing else. It need not be reported:
// C++20 lets the two stores of the block's link change places, and then the pool has the block
// once. WRONG: only a double free.
#include <cassert>
#include <cstddef>
#include <thread>

#include <poolproof/hardened.hpp>
#include <poolproof/lockless_block_allocator.hpp>

namespace {

using poolproof::Misuse;

int reports = 0;

void on_misuse(const poolproof::MisuseReport& report) {
#ifdef WRONG
  assert(report.what == Misuse::double_free);
#else
  assert(report.what == Misuse::double_free || report.what == Misuse::handed_out_twice);
#endif
  ++reports;
}

using Pool = poolproof::Hardened<poolproof::LocklessBlockAllocator<>>;
alignas(64) std::byte buffer[256];

}  // namespace

int main() {
  poolproof::set_misuse_handler(on_misuse);
  Pool pool(buffer, Pool::buffer_bytes(1, 24, 8), 24, 8);
  void* const block = pool.alloc_block();
  assert(block != nullptr);
  std::thread other([&] { pool.free_block(block); });
  pool.free_block(block);
  other.join();
  assert(pool.alloc_block() == block || reports != 0);
  static_cast<void>(pool.alloc_block());
  assert(reports <= 1);
}
