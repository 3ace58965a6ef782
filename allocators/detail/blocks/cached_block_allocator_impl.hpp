// The bodies of CachedBlockAllocator and its Magazines; included by cached_block_allocator.hpp.
#pragma once

#include <type_traits>

#include "../../cached_block_allocator.hpp"

namespace poolproof {

template <Backend B>
[[gnu::noinline]] void* Magazines<B>::refill() noexcept {
  if (pool_ == nullptr) return nullptr;
  Magazine next = unload_spare();
  if (next.first == nullptr) {
    next = pool_->fetch(fresh_);
    if (next.first == nullptr) return nullptr;
    // So a pool is carved, and its memory touched, no further than twice what is used.
    fresh_ = std::min(2 * fresh_, most_);
  }
  load(next);
  return pop();
}

// The loaded magazine is full: it becomes the spare one, and the spare one goes to the depot.
template <Backend B>
[[gnu::noinline]] void Magazines<B>::make_room_for(void* block) noexcept {
  if (pool_ == nullptr) return;
  const Magazine spare = unload_spare();
  if (spare.first != nullptr) pool_->put(spare);
  spare_.set(unload().first);
  static_cast<void>(push(block));
}

template <Backend B>
void CachedBlockAllocator<B>::choose_size(std::size_t wanted, std::size_t blocks) noexcept {
  constexpr std::size_t most = 64;
  constexpr std::size_t most_bytes = std::size_t{64} * 1024;
  if (wanted == 0) wanted = std::min({most, most_bytes / block_size(), blocks / 8});
  magazine_size_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(wanted, 1, 1U << 24));
}

template <Backend B>
void CachedBlockAllocator<B>::deinit() noexcept {
  {
    const std::lock_guard lock(registry_);
    for (Magazines<B>* each = first_; each != nullptr;) {
      Magazines<B>* next = each->next_;
      if constexpr (std::is_trivially_destructible_v<Magazines<B>>) {
        *each = Magazines<B>();
      } else {
        empty(*each);
        each->most_ = 0;
        each->pool_ = nullptr;
      }
      each = next;
    }
    first_ = nullptr;
  }
  if constexpr (!std::is_trivially_destructible_v<Magazines<B>>) {
    for_each_free([](void* block) { Inner::end(block); });
  }
  depot_.deinit();
  magazine_size_ = 0;
}

template <Backend B>
void* CachedBlockAllocator<B>::alloc_block() noexcept {
  Magazine magazine = fetch(1);
  void* block = magazine.first;
  if (block == nullptr) return nullptr;
  magazine = {Inner::get(block), magazine.count - 1};
  Inner::end(block);
  if (magazine.first != nullptr) put(magazine);
  return block;
}

template <Backend B>
void CachedBlockAllocator<B>::free_block(void* block) noexcept {
  const Index index = depot_.store_.index_of(block);  // before anything is written into it
  Inner::make(block, nullptr);
  put(index, {block, 1});
}

template <Backend B>
void CachedBlockAllocator<B>::reclaim() noexcept {
  const std::lock_guard lock(registry_);
  for (Magazines<B>* each = first_; each != nullptr; each = each->next_) empty(*each);
}

template <Backend B>
bool CachedBlockAllocator<B>::attach(Magazines<B>& magazines) noexcept {
  if (!valid()) return false;
  const std::lock_guard lock(registry_);
  magazines.pool_ = this;
  magazines.most_ = magazine_size_;
  magazines.next_ = first_;
  first_ = &magazines;
  return true;
}

template <Backend B>
void CachedBlockAllocator<B>::leave(Magazines<B>& magazines) noexcept {
  if (magazines.pool_ == nullptr) return;
  CachedBlockAllocator& pool = *magazines.pool_;
  pool.empty(magazines);
  const std::lock_guard lock(pool.registry_);
  Magazines<B>** place = &pool.first_;
  while (*place != &magazines) place = &(*place)->next_;
  *place = magazines.next_;
  magazines.most_ = 0;
  magazines.pool_ = nullptr;
}

// A magazine of the depot, or one of at most most_fresh blocks that were never used, or, with a
// base, one of the first block of a new chunk: in the order, and for the reasons, of
// IndexedBlockAllocator::alloc_block.
template <Backend B>
Magazine CachedBlockAllocator<B>::fetch(Index most_fresh) noexcept {
  auto& store = depot_.store_;
  const Index none = store.none();
  if (const Index top = depot_.take(); top != none) return open(top);
  if (const auto fresh = store.carve(most_fresh); fresh.count != 0) return link_up(fresh);
  if (!store.grows()) return open(depot_.take_surely());
  const std::lock_guard lock(store.growth());
  if (const Index top = depot_.take(); top != none) return open(top);
  if (const auto fresh = store.carve(most_fresh); fresh.count != 0) return link_up(fresh);
  if (const Index index = store.grow(); index != none) return link_up({index, 1});
  return open(depot_.take_surely());
}

// Of the depot's top, which is the caller's by now: its length, and no mark any more.
template <Backend B>
Magazine CachedBlockAllocator<B>::open(Index top) noexcept {
  if (top == depot_.store_.none()) return {};
  void* first = depot_.store_.block(top);
  const std::uintptr_t link = address(Inner::get(first));
  if ((link & 1) == 0) return {first, magazine_size_};
  Inner::set(first, reinterpret_cast<void*>(link - 1));
  std::uint32_t count = 0;
  for (const void* block = first; block != nullptr; block = Inner::get(block)) ++count;
  return {first, count};
}

template <Backend B>
Magazine CachedBlockAllocator<B>::link_up(const typename BlockStore<B>::Range& fresh) noexcept {
  void* next = nullptr;
  for (Index i = fresh.count; i != 0; --i) {
    void* block = depot_.store_.block(fresh.first + i - 1);
    Inner::make(block, next);
    next = block;
  }
  return {next, fresh.count};
}

// magazine: not empty, and the caller's; index: of its first block.
template <Backend B>
void CachedBlockAllocator<B>::put(Index index, const Magazine& magazine) noexcept {
  if (magazine.count != magazine_size_) {
    const std::uintptr_t link = address(Inner::get(magazine.first));
    Inner::set(magazine.first, reinterpret_cast<void*>(link + 1));
  }
  depot_.put(index);
}

template <Backend B>
void CachedBlockAllocator<B>::empty(Magazines<B>& magazines) noexcept {
  if (const Magazine loaded = magazines.unload(); loaded.first != nullptr) put(loaded);
  if (const Magazine spare = magazines.unload_spare(); spare.first != nullptr) put(spare);
}

// Of those in the depot.
template <Backend B>
template <class Visit>
void CachedBlockAllocator<B>::for_each_free(Visit visit) const noexcept {
  auto& store = const_cast<BlockStore<B>&>(depot_.store_);
  for (Index top = depot_.top(); top != store.none(); top = depot_.below(top)) {
    std::uintptr_t link = address(store.block(top));
    while (link != 0) {
      void* block = reinterpret_cast<void*>(link);
      link = address(Inner::get(block)) & ~std::uintptr_t{1};
      visit(block);
    }
  }
}

template <Backend B>
std::size_t CachedBlockAllocator<B>::used() const noexcept {
  std::size_t free = 0;
  for_each_free([&](void*) { ++free; });
  const std::lock_guard lock(registry_);
  for (const Magazines<B>* each = first_; each != nullptr; each = each->next_) {
    free += each->count_.get();
    if (each->spare_.get() != nullptr) free += magazine_size_;
  }
  return depot_.peak() - free;
}

}  // namespace poolproof
