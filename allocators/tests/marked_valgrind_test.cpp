// A program for Valgrind to watch: it uses a marked pool as its argument says. The tests that run
// it say what Valgrind must have reported: nothing for "sound", and the rest by name.
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "../block_allocator.hpp"
#include "../heap_allocator.hpp"
#include "../linear_allocator.hpp"
#include "../locked_sign_post_allocator.hpp"
#include "../lockless_block_allocator.hpp"
#include "../marked.hpp"

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

using Pieces = Marked<LockedSignPostAllocator<>>;

void use(Pieces& pool, std::size_t count) {
  for (int round = 0; round != 3; ++round) {
    std::vector<void*> pieces(count);
    for (std::size_t i = 0; i != count; ++i) {
      pieces[i] = i % 4 == 0 ? pool.alloc_aligned(40, 128) : pool.alloc(1 + i * 7 % 90);
      must(pieces[i] != nullptr);
      std::memset(pieces[i], round, i % 4 == 0 ? 40 : 1 + i * 7 % 90);
    }
    for (std::size_t i = 1; i < count; i += 2) pool.free(pieces[i]);
    for (std::size_t i = 0; i < count; i += 4) pool.free(pieces[i]);
    must(pool.violation() == nullptr);
    if (round == 2) return;  // the rest is lost with the pool
    for (std::size_t i = 2; i < count; i += 4) pool.free(pieces[i]);
    must(pool.used() == 0);
  }
}

void sound_pieces() {
  static std::byte memory[8192];
  for (int round = 0; round != 2; ++round) {
    Pieces pool(memory, sizeof memory);
    use(pool, 30);
    pool.deinit();
    std::memset(memory, 0, sizeof memory);
    HeapAllocator heap;
    must(static_cast<bool>(pool.init(heap, 1000)));
    use(pool, 100);
  }
}

void misuse_pieces(std::string_view how) {
  static std::byte memory[4096];
  static Pieces& pool = *new Pieces(memory, sizeof memory);  // stays to the end
  auto* piece = static_cast<volatile char*>(pool.alloc(41));
  if (how == "leak") return;
  if (how == "overflow") piece[41] = 1;
  pool.free(const_cast<char*>(piece));
  if (how == "use_after_free") piece[39] = 1;
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

void run_pieces(std::string_view how) { how == "sound" ? sound_pieces() : misuse_pieces(how); }

template <class Pool>
void run(std::string_view how) {
  how == "sound" ? sound<Pool>() : misuse<Pool>(how);
}

}  // namespace
}  // namespace poolproof::test

// Arguments: "block", "lockless" or "pieces", and what to do with it.
int main(int count, char** arguments) {
  using namespace poolproof;
  check(count == 3, "usage: marked_valgrind_test POOL WHAT");
  const std::string_view pool = arguments[1];
  if (pool == "pieces") return test::run_pieces(arguments[2]), 0;
  pool == "block" ? test::run<BlockAllocator>(arguments[2])
                  : test::run<LocklessBlockAllocator<>>(arguments[2]);
}
