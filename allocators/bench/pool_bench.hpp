// The benchmark of the pools: what a contender is, what is measured of it, and the list of all.
// pool_bench_cells.hpp measures one; pool_bench.cpp hands the cells to Google Benchmark.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::bench {

inline constexpr std::size_t block_size = 64;         // bytes, and the alignment of blocks
inline constexpr std::size_t run_blocks = 4096;       // of a pool: more than any workload keeps
inline constexpr std::size_t filled_blocks = 10'000;  // whose memory is measured

// A pool, made for so many blocks and so many threads. A Handle is what a thread holds of it; its
// alloc answers nullptr when the pool has run dry.
template <class C>
concept Contender = std::constructible_from<C, std::size_t, unsigned> &&
    std::constructible_from<typename C::Handle, C&> &&
    requires(typename C::Handle& handle, void* block) {
  { handle.alloc() }
  noexcept->std::same_as<void*>;
  { handle.free(block) }
  noexcept;
};

enum class Group { floor, control, ours, peer };

// Only contenders of one kind are beside each other: what a single thread may use is always faster
// than what many may, and what never takes a block back is faster than both.
enum class Kind { single, shared, bump, shared_bump };

constexpr bool for_threads(Kind kind) noexcept {
  return kind == Kind::shared || kind == Kind::shared_bump;
}
constexpr bool takes_blocks_back(Kind kind) noexcept {
  return kind == Kind::single || kind == Kind::shared;
}

struct Window {
  std::chrono::nanoseconds wall{};
  double cpu_seconds = 0;  // that the threads were given in it
  std::uint64_t pairs = 0;
  bool ran_dry = false;
};

struct Delays {  // of one alloc with its free, in nanoseconds
  double p50 = 0, p99 = 0, p999 = 0, most = 0;
};

struct Entry {
  std::string name;
  Group group;
  Kind kind;
  std::string control;  // the name of the one that shows what is possible in this design
  struct Cell {
    std::string workload;
    std::function<Window(unsigned threads, std::chrono::nanoseconds)> run;
  };
  std::vector<Cell> cells;
  std::function<Delays(unsigned threads, std::chrono::nanoseconds)> delays;
  std::function<bool()> fill;  // filled_blocks blocks, which stay; false: it ran dry
};

struct Absent {
  std::string name;
  std::string why;
};

// One of ours over a base: churn after so many blocks have come and gone.
struct Grown {
  std::string name;
  std::function<Window(std::size_t blocks, std::chrono::nanoseconds)> run;
};

struct Contenders {
  std::vector<Entry> entries;
  std::vector<Grown> grown;
  std::vector<Absent> absent;
};

void add_ours(Contenders&);
void add_grown(Contenders&);
void add_controls(Contenders&);
void add_lockfree_peers(Contenders&);
void add_pool_peers(Contenders&);
void add_heap_peers(Contenders&);
void add_sized_contenders(Contenders&);  // of pieces of any size; neither delays nor fill

// The bytes that filled_blocks blocks take, measured by this program run once more with the option
// below and the entry's name; negative: not known.
inline const std::string fill_option = "--fill=";
long filled_bytes(const Entry& entry);
long fill_and_look(const Entry& entry);  // what that other one does

}  // namespace poolproof::bench
