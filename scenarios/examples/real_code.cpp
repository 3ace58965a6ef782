// Free lists that others rely on, each as it is: black boxes. Left out is what is not installed.
#include <poolproof/subject.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>

#if __has_include(<ck_stack.h>)
// Its header is C: three functions that C++ refuses are kept out by its own guards.
#define CK_F_STACK_BATCH_POP_UPMC
#define CK_F_STACK_BATCH_POP_MPMC
#define CK_F_STACK_PUSH_MPNC
extern "C" {
#include <ck_stack.h>
}

class CkStack {
 public:
  CkStack(void* memory, std::size_t blocks, std::size_t block_size) {
    ck_stack_init(&stack_);
    for (std::size_t i = 0; i != blocks; ++i) free(static_cast<char*>(memory) + i * block_size);
  }
  void* alloc() { return ck_stack_pop_mpmc(&stack_); }
  void free(void* block) { ck_stack_push_mpmc(&stack_, static_cast<ck_stack_entry_t*>(block)); }

 private:
  alignas(16) ck_stack_t stack_;
};
static const auto ck_stack_mpmc =
    poolproof::add_black_box<CkStack>("ck.stack", "Concurrency Kit: ck_stack, mpmc");
#endif

#if __has_include(<cds/intrusive/free_list.h>)
#include <cds/intrusive/free_list.h>

// Nodes beside the blocks.
template <class List>
class CdsList {
 public:
  // A load may miss the last put; and a node that others still count comes back when they are done.
  static constexpr bool may_fail = true;

  CdsList(void* memory, std::size_t blocks, std::size_t block_size)
      : memory_(static_cast<char*>(memory)), size_(block_size), nodes_(new Node[blocks]) {
    for (std::size_t i = 0; i != blocks; ++i) list_.put(&nodes_[i]);
  }
  ~CdsList() {
    list_.clear([](Node*) {});
  }
  void* alloc() {
    const Node* node = list_.get();
    return node == nullptr ? nullptr
                           : memory_ + static_cast<std::size_t>(node - nodes_.get()) * size_;
  }
  void free(void* block) {
    list_.put(&nodes_[static_cast<std::size_t>(static_cast<char*>(block) - memory_) / size_]);
  }

 private:
  using Node = typename List::node;
  char* memory_;
  std::size_t size_;
  std::unique_ptr<Node[]> nodes_;
  List list_;
};
static const auto cds_free_list = poolproof::add_black_box<CdsList<cds::intrusive::FreeList>>(
    "cds.free_list", "libcds: FreeList, counts references");
#endif

#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>

class Moodycamel {
 public:
  static constexpr bool may_fail = true;  // as it says

  Moodycamel(void* memory, std::size_t blocks, std::size_t block_size) : queue_(2 * blocks) {
    for (std::size_t i = 0; i != blocks; ++i) free(static_cast<char*>(memory) + i * block_size);
  }
  void* alloc() {
    void* block = nullptr;
    return queue_.try_dequeue(block) ? block : nullptr;
  }
  void free(void* block) { queue_.enqueue(block); }

 private:
  moodycamel::ConcurrentQueue<void*> queue_;
};
static const auto moodycamel_queue = poolproof::add_black_box<Moodycamel>(
    "moodycamel.queue", "moodycamel::ConcurrentQueue, without tokens");
#endif

class Malloc {
 public:
  explicit Malloc(std::size_t block_size) : size_(block_size) {}
  void* alloc() { return std::malloc(size_); }
  void free(void* block) { std::free(block); }

 private:
  std::size_t size_;
};
static const auto libc_malloc = poolproof::add_black_box<Malloc>("malloc", "the C library's");
