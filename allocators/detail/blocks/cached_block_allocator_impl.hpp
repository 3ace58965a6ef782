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
  start(1, 0);
  magazine_size_ = 0;
}

template <Backend B>
void* CachedBlockAllocator<B>::alloc_block() noexcept {
  Index index = loose_.take();
  if (index == depot_.store_.none()) [[unlikely]] {
    index = alloc_apart();
    if (index == depot_.store_.none()) return nullptr;
  }
  return depot_.store_.block(index);
}

template <Backend B>
void CachedBlockAllocator<B>::free_block(void* block) noexcept {
  const Index index = depot_.store_.index_of(block);
  loose_.put(index, index);
}

// If no block is loose, takes one of a magazine, and makes the others loose, or takes a fresh one.
template <Backend B>
[[gnu::noinline]] auto CachedBlockAllocator<B>::alloc_apart() noexcept -> Index {
  auto& store = depot_.store_;
  const Index none = store.none();
  if (depot_.top() == none) {
    if (const Index fresh = store.carve(); fresh != none) return fresh;
  }
  if (taken_apart_.load(std::memory_order_acquire) == 0) {  // (11)
    taken_apart_.exchange(1, std::memory_order_acq_rel);    // (11)
  }
  const std::lock_guard lock(store.growth());
  if (const Index loose = loose_.take(); loose != none) return loose;
  if (const Index top = depot_.take(); top != none) return take_apart(top);
  if (const Index fresh = store.carve(); fresh != none) return fresh;
  if (const Index index = store.grow(); index != none) return index;
  if (const Index top = depot_.take_surely(); top != none) return take_apart(top);
  return loose_.take_surely();
}

// top begins a magazine of the caller. Makes all of its blocks but the first loose.
template <Backend B>
auto CachedBlockAllocator<B>::take_apart(Index top) noexcept -> Index {
  auto& store = depot_.store_;
  const Index none = store.none();
  void* block = open(top).first;
  void* next = Inner::get(block);
  Inner::end(block);
  Index first = none;
  Index last = none;
  while (next != nullptr) {
    const Index index = store.index_of(next);
    void* const after = Inner::get(next);
    Inner::end(next);
    if (first == none) {
      first = index;
    } else {
      loose_.chain(last, index);
    }
    last = index;
    next = after;
  }
  if (first != none) loose_.put(first, last);
  return top;
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

// A magazine of the depot, or a loose block, or a magazine of at most most_fresh blocks that were
// never used, or, with a base, one of the first block of a new chunk: in the order, and for the
// reasons, of IndexedBlockAllocator::alloc_block.
template <Backend B>
Magazine CachedBlockAllocator<B>::fetch(Index most_fresh) noexcept {
  auto& store = depot_.store_;
  if (const Magazine found = look(most_fresh); found.first != nullptr) return found;
  if (!store.grows()) {
    if (const Magazine found = look_surely(); found.first != nullptr) return found;
    if (taken_apart_.fetch_add(0, std::memory_order_release) == 0) return {};  // (12)
  }
  const std::lock_guard lock(store.growth());
  if (const Magazine found = look(most_fresh); found.first != nullptr) return found;
  if (const Index index = store.grow(); index != store.none()) return link_up({index, 1});
  return look_surely();
}

template <Backend B>
Magazine CachedBlockAllocator<B>::look(Index most_fresh) noexcept {
  auto& store = depot_.store_;
  if (const Index top = depot_.take(); top != store.none()) return open(top);
  if (const Index index = loose_.take(); index != store.none()) return link_up({index, 1});
  return link_up(store.carve(most_fresh));
}

// The newest state of both lists.
template <Backend B>
Magazine CachedBlockAllocator<B>::look_surely() noexcept {
  auto& store = depot_.store_;
  if (const Index top = depot_.take_surely(); top != store.none()) return open(top);
  const Index index = loose_.take_surely();
  return index == store.none() ? Magazine{} : link_up({index, 1});
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
  std::size_t left = depot_.peak();  // after a double free a list may have no end
  for (Index top = depot_.top(); top != store.none() && left != 0; top = depot_.below(top)) {
    std::uintptr_t link = address(store.block(top));
    for (; link != 0 && left != 0; --left) {
      void* block = reinterpret_cast<void*>(link);
      link = address(Inner::get(block)) & ~std::uintptr_t{1};
      visit(block);
    }
  }
}

template <Backend B>
std::size_t CachedBlockAllocator<B>::used() const noexcept {
  std::size_t free = loose_.length();
  for_each_free([&](void*) { ++free; });
  const std::lock_guard lock(registry_);
  for (const Magazines<B>* each = first_; each != nullptr; each = each->next_) {
    free += each->count_.get();
    if (each->spare_.get() != nullptr) free += magazine_size_;
  }
  return depot_.peak() - std::min(free, depot_.peak());
}

}  // namespace poolproof
