// How much of its memory an allocator of pieces of any size gets to hand out: a program of its own,
// since each allocator runs in a process of its own. ci/bench runs it.
//
//   pool_bench_fragmentation [--seed=N] [--operations=N]
//
// One operation is an alloc or a free. A size is drawn, log-uniform; pieces, any of them, are freed
// until it fits under the load; then it is asked for and filled. A load is a share of the memory,
// and counts the bytes that were asked for, so no allocator can carry one of 100 %. First the load
// is built up; the operations that count come after that.
//
// In the first tables each allocator has as much memory as the others and cannot get more: ours and
// mimalloc an arena, glibc a limit on the data of its process. In the last one each takes what it
// needs, ours from a base, and the bytes that the process has then are compared with those asked
// for. The seed decides all but when a heap gives memory back to the system.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "../buddy_allocator.hpp"
#include "../heap_allocator.hpp"
#include "../sign_post_allocator.hpp"
#include "pool_bench_heaps.hpp"
#include "pool_bench_workloads.hpp"

namespace poolproof::bench {
namespace {

constexpr std::size_t memory_bytes = 1 << 26;
constexpr std::size_t chunk_bytes = 1 << 20;  // of what grows
constexpr std::size_t leaf_size = 64;         // of buddies
constexpr unsigned largest_order = 14;        // a chunk
constexpr std::size_t most_pieces = 1 << 20;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t operations = 1'000'000;
};

// The allocator that a process measures. It has no alloc if this machine lacks that allocator.
struct Memory {
  std::function<void*(std::size_t)> alloc = {};
  std::function<void(void*)> free = {};
};

struct Contender {
  const char* name;
  std::function<Memory()> limited;  // to memory_bytes; empty: it cannot be
  std::function<Memory()> growing;
};

// --- The operations ------------------------------------------------------------------------------

struct Piece {
  void* begin;
  std::size_t bytes;
};
using Pieces = std::vector<Piece>;

class Operations {
 public:
  // most: log2 of the largest size in bytes. load: in bytes.
  Operations(Memory memory, Pieces& pieces, std::uint64_t seed, unsigned most, std::size_t load)
      : memory_(std::move(memory)), pieces_(pieces), random_(seed), most_(most), load_(load) {}

  void fill() {
    while (live_ + ahead_ <= load_ && failed_ == 0) turn();
    failed_ = asked_ = done_ = 0;
  }
  void run(std::uint64_t operations) {
    for (operations += done_; done_ < operations;) turn();
  }

  std::uint64_t asked() const { return asked_; }
  std::uint64_t failed() const { return failed_; }
  std::size_t live() const { return live_; }  // bytes asked for and had

 private:
  void turn() {
    const std::size_t bytes = std::exchange(ahead_, draw());
    while (count_ == pieces_.size() || live_ + bytes > load_) free_one();
    void* begin = memory_.alloc(bytes);
    ++asked_;
    ++done_;
    if (begin == nullptr) {
      ++failed_;
      return free_one();  // so that it does not fail for ever
    }
    std::memset(begin, 1, bytes);
    pieces_[count_++] = {begin, bytes};
    live_ += bytes;
  }
  void free_one() {
    if (count_ == 0) return;
    const Piece piece = std::exchange(pieces_[random_.below(count_)], pieces_[count_ - 1]);
    --count_;
    live_ -= piece.bytes;
    memory_.free(piece.begin);
    ++done_;
  }
  std::size_t draw() {
    const std::size_t low = std::size_t{1} << random_.below(most_ + 1) >> 1;
    return low + 1 + (low == 0 ? 0 : random_.next() % low);
  }

  Memory memory_;
  Pieces& pieces_;  // count_ of them
  Random64 random_;
  unsigned most_;
  std::size_t load_;
  std::uint32_t count_ = 0;
  std::size_t live_ = 0;
  std::size_t ahead_ = draw();  // the next size
  std::uint64_t asked_ = 0, failed_ = 0, done_ = 0;
};

// The largest piece that can still be had, in bytes.
std::size_t largest_piece(const Memory& memory) {
  std::size_t had = 0;
  for (std::size_t step = memory_bytes; step != 0; step /= 2) {
    if (void* piece = memory.alloc(had + step)) {
      memory.free(piece);
      had += step;
    }
  }
  return had;
}

// --- Contenders ----------------------------------------------------------------------------------

// A pool lives as long as its process.
template <class Pool>
Memory over(bool done, Pool& pool) {
  if (!done) return {};
  return {[&pool](std::size_t bytes) { return pool.alloc(bytes); },
          [&pool](void* piece) { pool.free(piece); }};
}
void* arena() { return std::aligned_alloc(memory_bytes, memory_bytes); }

Memory sign_post_in_arena() {
  static SignPostAllocator pool;
  return over(static_cast<bool>(pool.init(arena(), memory_bytes)), pool);
}
Memory sign_post_that_grows() {
  static HeapAllocator base;
  static SignPostAllocator pool;
  return over(static_cast<bool>(pool.init(base, chunk_bytes)), pool);
}
Memory buddy_in_arena() {
  static BuddyAllocator pool;
  return over(static_cast<bool>(pool.init(arena(), memory_bytes, leaf_size, largest_order)), pool);
}
Memory buddy_that_grows() {
  static HeapAllocator base;
  static BuddyAllocator pool;
  return over(static_cast<bool>(pool.init(base, leaf_size, largest_order)), pool);
}

template <Heaps which>
Memory whole_heap() {
  load_heaps();
  if (!heap<which>.why_not.empty()) return {};
  return {heap<which>.alloc, heap<which>.free};
}

long status_bytes(const std::string& file, const std::string& key) {
  std::ifstream status(file);
  for (std::string word; status >> word;) {
    long kilobytes = 0;
    if (word == key && status >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

bool can_map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, bytes);
  return true;
}

// The limit counts what is writable and private, so the heap and what it maps.
Memory glibc_in_limit() {
  const long now = status_bytes("/proc/self/status", "VmData:");
  if (now < 0) return {};
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = static_cast<rlim_t>(now) + memory_bytes;
  if (setrlimit(RLIMIT_DATA, &limit) != 0) return {};
  if (can_map(memory_bytes + chunk_bytes) || !can_map(memory_bytes - chunk_bytes)) return {};
  return {std::malloc, std::free};
}

Memory mimalloc_in_arena() {
  setenv("MIMALLOC_LIMIT_OS_ALLOC", "1", 1);  // it is read when the library is loaded
  load_heaps();
  const auto manage = reinterpret_cast<bool (*)(void*, std::size_t, bool, bool, bool, int)>(
      heap_function("libmimalloc.so.2", "mi_manage_os_memory"));
  if (manage == nullptr || !manage(arena(), memory_bytes, true, false, false, -1)) return {};
  return {heap<Heaps::mimalloc>.alloc, heap<Heaps::mimalloc>.free};
}

std::vector<Contender> all_contenders() {
  return {{"SignPost", sign_post_in_arena, sign_post_that_grows},
          {"Buddy", buddy_in_arena, buddy_that_grows},
          {"malloc", glibc_in_limit, whole_heap<Heaps::libc>},
          {"mimalloc", mimalloc_in_arena, whole_heap<Heaps::mimalloc>},
          {"jemalloc", {}, whole_heap<Heaps::jemalloc>},
          {"tcmalloc", {}, whole_heap<Heaps::tcmalloc>}};
}

// --- Tables --------------------------------------------------------------------------------------

// Prints a cell in a process of its own. Returns whether that ended well.
bool apart(const std::function<void()>& print) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    print();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

struct Workload {
  unsigned most;  // log2 of the largest size in bytes
  unsigned percent;
  std::size_t load() const { return memory_bytes / 100 * percent; }
};

void print_limited_cell(const Options& options, Workload work, const Contender& contender) {
  Pieces pieces(most_pieces);  // before there is a limit
  const Memory memory = contender.limited();
  if (!memory.alloc) return static_cast<void>(std::printf("  cannot be had here"));
  Operations operations(memory, pieces, options.seed, work.most, work.load());
  operations.fill();
  operations.run(options.operations);
  const double load = static_cast<double>(operations.live()) / memory_bytes;
  std::printf("%10llu%10llu%8.0f %%%18.1f", static_cast<unsigned long long>(operations.asked()),
              static_cast<unsigned long long>(operations.failed()), 100 * load,
              static_cast<double>(largest_piece(memory)) / 1024);
}

bool print_limited(const Options& options, Workload work) {
  std::printf("\nall in %zu MiB, a load of %u %%, sizes to %u KiB\n", memory_bytes >> 20,
              work.percent, 1U << work.most >> 10);
  std::printf("%-10s%10s%10s%10s%18s\n", "", "allocs", "failed", "load", "largest free, KiB");
  bool good = true;
  for (const Contender& contender : all_contenders()) {
    if (!contender.limited) continue;
    std::printf("%-10s", contender.name);
    good &= apart([&] { print_limited_cell(options, work, contender); });
    std::printf("\n");
  }
  return good;
}

long anonymous_bytes() { return status_bytes("/proc/self/smaps_rollup", "Anonymous:"); }

void print_growing_cell(const Options& options, Workload work, const Contender& contender) {
  constexpr int looks = 16;
  Pieces pieces(most_pieces);
  const Memory memory = contender.growing();
  static_cast<void>(anonymous_bytes());  // so that what the look itself takes is there
  const long before = anonymous_bytes();
  if (!memory.alloc || before < 0) return static_cast<void>(std::printf("%12s", "-"));
  Operations operations(memory, pieces, options.seed, work.most, work.load());
  operations.fill();
  double most = 0;
  for (int i = 0; i != looks; ++i) {
    operations.run(options.operations / looks);
    const auto taken = static_cast<double>(anonymous_bytes() - before);
    most = std::max(most, taken / static_cast<double>(operations.live()));
  }
  std::printf("%12.3f", most);
}

bool print_growing(const Options& options, const std::vector<Workload>& workloads) {
  std::printf(
      "\nas much as it takes, a load of %zu MiB: bytes of the process, at most, by bytes asked "
      "for\n%-10s",
      workloads.front().load() >> 20, "");
  for (const Workload& work : workloads) std::printf("%5s %2u KiB", "to", 1U << work.most >> 10);
  std::printf("\n");
  bool good = true;
  for (const Contender& contender : all_contenders()) {
    std::printf("%-10s", contender.name);
    for (const Workload& work : workloads) {
      good &= apart([&] { print_growing_cell(options, work, contender); });
    }
    std::printf("\n");
  }
  return good;
}

int run(const Options& options) {
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // a page of 2 MiB would hide everything
  std::printf("fragmentation: seed %llu, %llu operations\n",
              static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(options.operations));
  bool good = true;
  for (const unsigned percent : {90U, 50U}) {
    for (const unsigned most : {12U, 14U}) good &= print_limited(options, {most, percent});
  }
  good &= print_growing(options, {{12, 90}, {14, 90}});
  return good ? 0 : 1;
}

// The number behind an option's name, at least 1.
bool number_of(const char* argument, const std::string& option, std::uint64_t& number) {
  if (std::strncmp(argument, option.c_str(), option.size()) != 0) return false;
  char* end = nullptr;
  number = std::strtoull(argument + option.size(), &end, 10);
  return *end == '\0' && number != 0;
}

}  // namespace
}  // namespace poolproof::bench

int main(int count, char** arguments) {
  poolproof::bench::Options options;
  for (int i = 1; i != count; ++i) {
    if (poolproof::bench::number_of(arguments[i], "--seed=", options.seed)) continue;
    if (poolproof::bench::number_of(arguments[i], "--operations=", options.operations)) continue;
    std::fprintf(stderr, "%s: not --seed=N or --operations=N, N from 1\n", arguments[i]);
    return 2;
  }
  return poolproof::bench::run(options);
}
