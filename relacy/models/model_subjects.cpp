#include "model_subjects.hpp"
#include "backend.hpp"

#include <vector>

#include "allocators/async_linear_allocator.hpp"
#include "allocators/bitmap_block_allocator.hpp"
#include "allocators/cached_block_allocator.hpp"
#include "allocators/cached_buddy_allocator.hpp"
#include "allocators/deferred_block_allocator.hpp"
#include "allocators/hinted_block_allocator.hpp"
#include "allocators/locked_block_allocator.hpp"
#include "allocators/locked_buddy_allocator.hpp"
#include "allocators/locked_sign_post_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"
#include "allocators/lockless_buddy_allocator.hpp"
#include "block_model.hpp"
#include "linear_model.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/sized_scenarios.hpp"
#include "scenarios/specimens.hpp"
#include "sized_model.hpp"

namespace poolproof {

namespace {

template <class Pool>
std::unique_ptr<ModelTest> block(std::string_view scenario, const Scope& scope) {
  return make_block_model<Pool>(scenario, scope, BlockScenarios());
}

template <class Pool>
std::unique_ptr<ModelTest> sized(std::string_view scenario, const Scope& scope) {
  return make_sized_model<Pool>(scenario, scope, SizedScenarios());
}

std::unique_ptr<ModelTest> async_linear(std::string_view scenario, const Scope& scope) {
  using Linear = AsyncLinearAllocator<ModelBackend>;
  if (scenario == Carve::info.name) return std::make_unique<LinearModel<Linear, Carve>>(scope);
  if (scenario != CarveAligned::info.name) return nullptr;
  return std::make_unique<LinearModel<Linear, CarveAligned>>(scope);
}

// Made when it is first used: models are added while static objects are constructed.
std::vector<ModelEntry>& models() {
  static std::vector<ModelEntry> all = {
      {"locked", block<LockedBlockAllocator<ModelBackend>>},
      {"lockless", block<LocklessBlockAllocator<ModelBackend>>},
      {"deferred", block<DeferredBlockAllocator<ModelBackend>>},
      {"bitmap", block<BitmapBlockAllocator<ModelBackend, 2>>},  // a few words
      {"hinted", block<HintedBlockAllocator<ModelBackend, 2>>},  // few hints, soon forgotten
      {"cached", block<CachedBlockAllocator<ModelBackend>>},
      {"async_linear", async_linear},
      {"buddy", sized<LocklessBuddyAllocator<ModelBackend, 1>>},  // a few words, with nodes
      {"buddy.cached", sized<CachedBuddyAllocator<ModelBackend>>},
      {"buddy.locked", sized<LockedBuddyAllocator<ModelBackend>>},
      {"sign_post", sized<LockedSignPostAllocator<ModelBackend>>},
      {"specimen.no_nonce", block<specimen::NoNonce<ModelBackend>>},
      {"specimen.unsafe_splice", block<specimen::UnsafeSplice<ModelBackend>>},
  };
  return all;
}

}  // namespace

void add_model(const ModelEntry& entry) { models().push_back(entry); }

std::unique_ptr<ModelTest> make_model(std::string_view allocator, std::string_view scenario,
                                      const Scope& scope) {
  for (const ModelEntry& entry : models()) {
    if (entry.allocator == allocator) return entry.make(scenario, scope);
  }
  return nullptr;
}

}  // namespace poolproof
