// The bodies of BuddyPool; included by buddy_pool.hpp.
#pragma once

#include "buddy_pool.hpp"

namespace poolproof {

template <Backend B, unsigned WordOrder>
constexpr InitResult BuddyPool<B, WordOrder>::check_sizes(std::size_t leaf_size,
                                                          unsigned largest_order) noexcept {
  if (leaf_size == 0) return InitError::zero_size;
  if (!std::has_single_bit(leaf_size) || leaf_size < 8) {
    return {InitError::bad_leaf_size, std::max(next_power_of_two(leaf_size), std::size_t{8})};
  }
  if (largest_order > BuddyGeometry::most_orders ||
      leaf_size > size_overflow / 8 >> largest_order) {
    return InitError::overflow;
  }
  return {};
}

template <Backend B, unsigned WordOrder>
constexpr std::size_t BuddyPool<B, WordOrder>::aligned_buffer_bytes(
    std::size_t leaves, std::size_t leaf_size, unsigned largest_order) noexcept {
  if (!check_sizes(leaf_size, largest_order)) return size_overflow;
  if (leaves > size_overflow / 16 / leaf_size) return size_overflow;
  return leaves == 0 ? 0 : layout(leaves, leaf_size, largest_order).chunk_bytes;
}

template <Backend B, unsigned WordOrder>
constexpr std::size_t BuddyPool<B, WordOrder>::buffer_bytes(std::size_t leaves,
                                                            std::size_t leaf_size,
                                                            unsigned largest_order) noexcept {
  const std::size_t bytes = aligned_buffer_bytes(leaves, leaf_size, largest_order);
  if (bytes == size_overflow || bytes == 0) return bytes;
  const std::size_t alignment = std::max(leaf_size << largest_order, Chunk::sizes.word_alignment);
  return size_add(bytes, alignment - 1);
}

template <Backend B, unsigned WordOrder>
InitResult BuddyPool<B, WordOrder>::init(void* buffer, std::size_t buffer_size,
                                         std::size_t leaf_size, unsigned largest_order) noexcept {
  if (valid()) return InitError::already_initialised;
  if (const InitResult result = check_sizes(leaf_size, largest_order); !result) return result;
  if (buffer == nullptr) return InitError::null_buffer;
  const std::size_t alignment = std::max(leaf_size << largest_order, Chunk::sizes.word_alignment);
  const std::size_t skip = bytes_to_alignment(buffer, alignment);
  const std::size_t one = aligned_buffer_bytes(1, leaf_size, largest_order);
  if (buffer_size < skip || buffer_size - skip < one) {
    return {InitError::buffer_too_small, buffer_bytes(1, leaf_size, largest_order)};
  }
  const std::size_t room = buffer_size - skip;
  // As many as fit: each step gives up the leaves that are certainly too many.
  std::size_t leaves = room / (leaf_size + Chunk::sizes.order);
  BuddyGeometry geometry = layout(leaves, leaf_size, largest_order);
  while (geometry.chunk_bytes > room) {
    const std::size_t most = leaf_size + Chunk::sizes.order + 2 * Chunk::sizes.word;
    leaves -= std::max<std::size_t>(1, (geometry.chunk_bytes - room) / most);
    geometry = layout(leaves, leaf_size, largest_order);
  }
  geometry_ = geometry;
  first_.set(static_cast<std::byte*>(buffer) + skip);
  chunk(0).init();
  count_.store(1, std::memory_order_relaxed);  // (G5)
  return {};
}

template <Backend B, unsigned WordOrder>
InitResult BuddyPool<B, WordOrder>::init(Allocator& base, std::size_t leaf_size,
                                         unsigned largest_order) noexcept {
  if (valid()) return InitError::already_initialised;
  if (const InitResult result = check_sizes(leaf_size, largest_order); !result) return result;
  geometry_ = layout(std::size_t{1} << largest_order, leaf_size, largest_order);
  base_ = &base;
  return {};
}

template <Backend B, unsigned WordOrder>
void BuddyPool<B, WordOrder>::deinit() noexcept {
  if (!valid()) return;
  // Backwards: the chunk that holds a level of the directory is the first one in that level.
  for (std::size_t n = chunks(); n-- != 0;) {
    std::byte* its_start = start(n);
    chunk(n).destroy();
    if (n != 0 && std::has_single_bit(n)) {
      std::destroy_n(&entry(n), n);
      levels_[level_of(n)].set(nullptr);
    }
    if (base_ != nullptr) base_->free(its_start);
  }
  first_.set(nullptr);
  count_.store(0, std::memory_order_relaxed);    // (G5)
  current_.store(0, std::memory_order_relaxed);  // (G4)
  geometry_ = {};
  base_ = nullptr;
}

template <Backend B, unsigned WordOrder>
inline unsigned BuddyPool<B, WordOrder>::order_for(std::size_t byte_size,
                                                   std::size_t alignment) const noexcept {
  const std::size_t wanted = std::max(byte_size, alignment);
  if (byte_size == 0 || !valid() || wanted > geometry_.alignment()) return no_order;
  if (!std::has_single_bit(alignment)) return no_order;
  const std::size_t more = (wanted - 1) >> geometry_.leaf_shift;
  return static_cast<unsigned>(std::bit_width(more));
}

template <Backend B, unsigned WordOrder>
inline void* BuddyPool<B, WordOrder>::alloc(unsigned order, std::uint32_t lane) noexcept {
  if (order == no_order) [[unlikely]]
    return nullptr;
  if (chunks() == 1) [[likely]] {
    const std::size_t leaf = chunk(0).alloc(order, lane);
    if (leaf != none) [[likely]]
      return block(0, leaf);
  }
  return alloc_in_any(order, lane);
}

template <Backend B, unsigned WordOrder>
[[gnu::noinline]] void* BuddyPool<B, WordOrder>::alloc_in_any(unsigned order,
                                                              std::uint32_t lane) noexcept {
  if (chunks() > 1) {
    if (void* found = alloc_quickly(order, lane); found != nullptr) return found;
  }
  if (base_ == nullptr) return alloc_surely(order);
  const std::lock_guard lock(growth_);
  if (void* found = alloc_surely(order); found != nullptr) return found;
  return grow(order);
}

template <Backend B, unsigned WordOrder>
void* BuddyPool<B, WordOrder>::alloc_quickly(unsigned order, std::uint32_t lane) noexcept {
  const std::size_t count = chunks();
  const auto current = static_cast<std::size_t>(current_.load(std::memory_order_relaxed));  // (G4)
  for (std::size_t i = 0; i != count; ++i) {
    const std::size_t n = current + i < count ? current + i : current + i - count;
    if (void* found = block(n, chunk(n).alloc(order, lane)); found != nullptr) {
      if (n != current) current_.store(n, std::memory_order_relaxed);  // (G4)
      return found;
    }
  }
  return nullptr;
}

template <Backend B, unsigned WordOrder>
void* BuddyPool<B, WordOrder>::alloc_surely(unsigned order) noexcept {
  // Where one thread is alone, no hint is ever too low: what alloc has not found is not there.
  if constexpr (requires { B::one_thread; }) return nullptr;
  const std::size_t count = chunks();
  for (std::size_t n = 0; n != count; ++n) {
    void* found = block(n, chunk(n).alloc_surely(order));
    if (found != nullptr) return found;
  }
  return nullptr;
}

template <Backend B, unsigned WordOrder>
void* BuddyPool<B, WordOrder>::grow(unsigned order) noexcept {
  const std::size_t n = chunks();
  if (n > 0xffff'ffff) return nullptr;
  // Chunk 2^k also carries level k of the directory.
  const bool has_level = n != 0 && std::has_single_bit(n);
  const std::size_t level_offset = align_up(geometry_.chunk_bytes, alignof(Entry));
  const std::size_t bytes =
      has_level ? size_add(level_offset, size_mul(n, sizeof(Entry))) : geometry_.chunk_bytes;
  auto* memory = static_cast<std::byte*>(base_->alloc_aligned(
      bytes, std::max({geometry_.alignment(), Chunk::sizes.word_alignment, alignof(Entry)})));
  if (memory == nullptr) return nullptr;
  if (has_level) {
    auto* level = reinterpret_cast<Entry*>(memory + level_offset);
    std::uninitialized_default_construct_n(level, n);
    levels_[level_of(n)].set(level);
  }
  entry(n).set(memory);
  chunk(n).init();
  void* found = block(n, chunk(n).alloc(order, 0));  // before anybody else
  current_.store(n, std::memory_order_relaxed);      // (G4)
  count_.store(n + 1, std::memory_order_release);    // (G2)
  B::note(Event::grow);
  return found;
}

template <Backend B, unsigned WordOrder>
inline auto BuddyPool<B, WordOrder>::find(const void* pointer, std::size_t count) const noexcept
    -> Place {
  for (std::size_t n = 0; n != count; ++n) {
    const std::uintptr_t offset = address(pointer) - address(start(n));
    if (offset < geometry_.leaves_bytes()) return {n, offset};
  }
  return {none, 0};
}

template <Backend B, unsigned WordOrder>
inline auto BuddyPool<B, WordOrder>::place_of(const void* pointer) const noexcept -> Place {
  const Place place =
      find(pointer, static_cast<std::size_t>(count_.load(std::memory_order_relaxed)));  // (G3)
  check(place.chunk != none, "free: not a piece of this pool");
  check((place.offset & (geometry_.leaf_size() - 1)) == 0, "free: not the start of a piece");
  return place;
}

template <Backend B, unsigned WordOrder>
inline unsigned BuddyPool<B, WordOrder>::free(void* pointer) noexcept {
  const Place place = place_of(pointer);
  return chunk(place.chunk).free(place.offset >> geometry_.leaf_shift);
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyPool<B, WordOrder>::size_of(const void* pointer) const noexcept {
  const Place place = place_of(pointer);
  const unsigned order = chunk(place.chunk).order_of(place.offset >> geometry_.leaf_shift);
  return geometry_.leaf_size() << order;
}

template <Backend B, unsigned WordOrder>
bool BuddyPool<B, WordOrder>::owns(const void* pointer) const noexcept {
  return find(pointer, chunks()).chunk != none;
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyPool<B, WordOrder>::used() const noexcept {
  std::size_t leaves = 0;
  for (std::size_t n = chunks(); n-- != 0;) leaves += chunk(n).used_leaves();
  return leaves << geometry_.leaf_shift;
}

template <Backend B, unsigned WordOrder>
std::size_t BuddyPool<B, WordOrder>::largest_free() const noexcept {
  int largest = -1;
  for (std::size_t n = chunks(); n-- != 0;) largest = std::max(largest, chunk(n).largest_free());
  return largest < 0 ? 0 : geometry_.leaf_size() << largest;
}

template <Backend B, unsigned WordOrder>
const char* BuddyPool<B, WordOrder>::violation() const noexcept {
  for (std::size_t n = chunks(); n-- != 0;) {
    if (const char* what = chunk(n).violation(); what != nullptr) return what;
  }
  return nullptr;
}

template <Backend B, unsigned WordOrder>
bool BuddyPool<B, WordOrder>::must_fit(const void* begin, const void* end, std::size_t byte_size,
                                       std::size_t alignment) const noexcept {
  const unsigned order = order_for(byte_size, alignment);
  const Place place = find(begin, chunks());
  if (order == no_order || place.chunk == none || address(end) < address(begin)) return false;
  const std::size_t size = geometry_.leaf_size() << order;
  const std::size_t first = align_up(place.offset, size);
  const std::size_t last = std::min<std::size_t>(place.offset + (address(end) - address(begin)),
                                                 geometry_.leaves_bytes());
  return first <= last && last - first >= size;
}

}  // namespace poolproof

#include "buddy_describe.hpp"
