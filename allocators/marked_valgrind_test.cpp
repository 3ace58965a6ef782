// A program for Valgrind to watch: it uses a marked pool as its argument says. The tests that run
// it say what Valgrind must have reported: nothing for "sound", and the rest by name.
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "block_allocator.hpp"
#include "heap_allocator.hpp"
#include "linear_allocator.hpp"
#include "lockless_block_allocator.hpp"
#include "marked.hpp"

namespace poolproof::test {
namespace {

static_assert(marks::enabled);

void must(bool ok) { check(ok, "the program went wrong by itself"); }

template <class Pool>
void use(Marked<Pool>& pool, std::size_t count) {
  for (int round = 0; round != 3; ++round) {
    std::vector<void*> blocks(count);
    must(pool.alloc_many(blocks) == count);
    for (void* block : blocks) std::memset(block, round, pool.block_size());
    pool.free_block(blocks.back());
    blocks.back() = pool.alloc_block();
    std::memset(blocks.back(), round, pool.block_size());
    if (round == 2) blocks.resize(count / 2);  // the rest is lost with the pool
    pool.free_many(blocks);
  }
}

// Nothing to report, and the memory is its owner's again.
template <class Pool>
void sound() {
  static std::byte memory[4096];
  for (int round = 0; round != 2; ++round) {
    Marked<Pool> pool(memory, sizeof memory, 40, 8);
    use(pool, 30);
    pool.deinit();
    std::memset(memory, 0, sizeof memory);
    LinearAllocator linear(memory, sizeof memory);
    must(static_cast<bool>(pool.init(linear, 40, 8, 10)));
    use(pool, 30);
    pool.deinit();
    std::memset(memory, 0, sizeof memory);
    HeapAllocator heap;
    must(static_cast<bool>(pool.init(heap, 40, 8, 10)));
    use(pool, 50);
  }
}

template <class Pool>
void misuse(std::string_view how) {
  static std::byte memory[4096];
  static Marked<Pool>& pool = *new Marked<Pool>(memory, sizeof memory, 40, 8);  // stays to the end
  auto* block = static_cast<volatile char*>(pool.alloc_block());
  if (how == "leak") return;
  pool.free_block(const_cast<char*>(block));
  if (how == "use_after_free") block[39] = 1;
  if (how == "second_free") pool.free_block(const_cast<char*>(block));
}

template <class Pool>
void run(std::string_view how) {
  how == "sound" ? sound<Pool>() : misuse<Pool>(how);
}

}  // namespace
}  // namespace poolproof::test

// Arguments: "block" or "lockless", and what to do with it.
int main(int count, char** arguments) {
  using namespace poolproof;
  check(count == 3, "usage: marked_valgrind_test POOL WHAT");
  const std::string_view pool = arguments[1];
  pool == "block" ? test::run<BlockAllocator>(arguments[2])
                  : test::run<LocklessBlockAllocator<>>(arguments[2]);
}
