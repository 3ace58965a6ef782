// Allocators of pieces of any size: alloc takes the bytes that are wanted. One on its own memory,
// through Atoms, for all engines; and the C library's heap as it is.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

// At most 64 units, a bit for each: 1 is used. A piece is a run of units, taken by one CAS; so
// neighbours that are free are one piece, and nothing has to be merged.
template <template <class> class Atom = std::atomic>
class RunOfBits {
 public:
  static constexpr bool coalesces = true;  // all of it can be had in one piece again

  RunOfBits(void* memory, std::size_t bytes)
      : memory_(static_cast<std::byte*>(memory)),
        used_(bytes / unit < 64 ? ~std::uint64_t{0} << bytes / unit : 0) {}

  void* alloc(std::size_t bytes) {
    if (bytes == 0 || bytes > 64 * unit) return nullptr;
    const std::size_t units = (bytes + unit - 1) / unit;
    const std::uint64_t run = ~std::uint64_t{0} >> (64 - units);
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    for (;;) {
      std::size_t first = 0;
      while (first + units <= 64 && (used & run << first) != 0) ++first;
      if (first + units > 64) return nullptr;
      // Acquire: all that the last owners of these units did comes before what the next one does.
      if (used_.compare_exchange_weak(used, used | run << first, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        units_[first] = units;
        return memory_ + first * unit;
      }
    }
  }
  void free(void* piece) {
    const auto first = static_cast<std::size_t>(static_cast<std::byte*>(piece) - memory_) / unit;
    const std::uint64_t run = ~std::uint64_t{0} >> (64 - units_[first]) << first;
    used_.fetch_sub(run, std::memory_order_release);
  }
  template <class Visitor>
  void describe(Visitor& visit) const {
    visit("used", used_);
  }

 private:
  static constexpr std::size_t unit = 16;
  std::byte* memory_;
  Atom<std::uint64_t> used_;
  std::size_t units_[64];  // of the piece that begins there; its owner's
};

struct Heap {
  void* alloc(std::size_t bytes) { return std::malloc(bytes); }
  void* alloc_aligned(std::size_t bytes, std::size_t alignment) {
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  }
  void free(void* piece) { std::free(piece); }
};

static const auto run_of_bits =
    poolproof::add_subject<RunOfBits>("run_of_bits", "a bit for each unit, a run by one CAS");
static const auto heap = poolproof::add_black_box<Heap>("heap", "the C library's, any size");
