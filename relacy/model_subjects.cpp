#include "model_subjects.hpp"

#include <type_traits>

#include "allocators/async_linear_allocator.hpp"
#include "allocators/cached_block_allocator.hpp"
#include "allocators/deferred_block_allocator.hpp"
#include "allocators/locked_block_allocator.hpp"
#include "allocators/lockless_block_allocator.hpp"
#include "block_model.hpp"
#include "linear_model.hpp"
#include "relacy_backend.hpp"
#include "scenarios/block_scenarios.hpp"
#include "scenarios/linear_scenarios.hpp"
#include "scenarios/specimens.hpp"

namespace poolproof {

namespace {

template <class Pool, class... Scenarios>
std::unique_ptr<ModelTest> make_block(std::string_view scenario, const CheckShape& shape) {
  std::unique_ptr<ModelTest> model;
  const auto try_one = [&]<class Scenario>(std::type_identity<Scenario>) {
    if (Scenario::info.name != scenario) return false;
    model = std::make_unique<BlockModel<Pool, Scenario>>(shape);
    return true;
  };
  static_cast<void>((try_one(std::type_identity<Scenarios>()) || ...));
  return model;
}

template <class Pool>
std::unique_ptr<ModelTest> block(std::string_view scenario, const CheckShape& shape) {
  return make_block<Pool, Churn, Random, SharedBucket, Batch, Bulk, Mixed>(scenario, shape);
}

std::unique_ptr<ModelTest> async_linear(std::string_view scenario, const CheckShape& shape) {
  if (scenario != Carve::info.name) return nullptr;
  return std::make_unique<LinearModel<AsyncLinearAllocator<RelacyBackend>, Carve>>(shape);
}

}  // namespace

std::unique_ptr<ModelTest> make_model(std::string_view allocator, std::string_view scenario,
                                      const CheckShape& shape) {
  struct Entry {
    std::string_view allocator;
    std::unique_ptr<ModelTest> (*make)(std::string_view scenario, const CheckShape& shape);
  };
  static constexpr Entry entries[] = {
      {"locked", block<LockedBlockAllocator<RelacyBackend>>},
      {"lockless", block<LocklessBlockAllocator<RelacyBackend>>},
      {"deferred", block<DeferredBlockAllocator<RelacyBackend>>},
      {"cached", block<CachedBlockAllocator<RelacyBackend>>},
      {"async_linear", async_linear},
      {"specimen.no_nonce", block<specimen::NoNonce<RelacyBackend>>},
      {"specimen.unsafe_splice", block<specimen::UnsafeSplice<RelacyBackend>>},
  };
  for (const Entry& entry : entries) {
    if (entry.allocator == allocator) return entry.make(scenario, shape);
  }
  return nullptr;
}

}  // namespace poolproof
