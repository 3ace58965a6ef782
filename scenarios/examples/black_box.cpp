// The third way in: an allocator as it is, of which only the calls are seen. Here malloc.
#include <poolproof/subject.hpp>

#include <cstdlib>

struct Heap {
  explicit Heap(std::size_t block_size) : size(block_size) {}
  void* alloc() { return std::malloc(size); }
  void free(void* block) { std::free(block); }
  std::size_t size;
};

static const auto added = poolproof::add_black_box<Heap>("malloc", "the C library's");
