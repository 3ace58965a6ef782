// What boost::lockfree::stack and queue take their nodes from, as it is, under all engines: Boost
// names its atomics in one header, in whose place stand poolproof's here.
#include <poolproof/subject.hpp>

#include <atomic>
#include <cstddef>
#include <memory>

#define BOOST_LOCKFREE_DETAIL_ATOMIC_HPP  // Boost's own is not read any more
namespace boost::lockfree::detail {
template <class T>
using atomic = poolproof::EngineAtom<T>;
using std::memory_order_acquire, std::memory_order_consume, std::memory_order_relaxed,
    std::memory_order_release;
}  // namespace boost::lockfree::detail
#include <boost/lockfree/detail/freelist.hpp>

template <template <class> class>
class BoostFreelist {
 public:
  static constexpr bool may_fail = true;  // a stale load may show none

  BoostFreelist(std::size_t blocks, std::size_t) : list_(std::allocator<Block>(), blocks) {}
  void* alloc() { return list_.template construct<true, true>(); }
  void free(void* block) { list_.template destruct<true>(static_cast<Block*>(block)); }

 private:
  struct alignas(64) Block {
    Block() {}  // does not clear the bytes
    std::byte bytes[64];
  };
  boost::lockfree::detail::freelist_stack<Block, std::allocator<Block>> list_;
};
static const auto added = poolproof::add_subject<BoostFreelist>(
    "boost.freelist", "Boost.Lockfree: freelist_stack, blocks of 64 bytes");
