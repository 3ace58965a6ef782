// HostHeapScope: while it lives, memory comes from the heap and not from Relacy, which takes over
// new and delete while it simulates. Around every call of a strategy, which may keep what it
// allocates.
#pragma once

#include <utility>

#include "relacy_context.hpp"

namespace poolproof {

class HostHeapScope {
 public:
  HostHeapScope() : context_(std::exchange(rl::context_holder<>::instance_, nullptr)) {}
  HostHeapScope(const HostHeapScope&) = delete;
  HostHeapScope& operator=(const HostHeapScope&) = delete;
  ~HostHeapScope() { rl::context_holder<>::instance_ = context_; }

 private:
  rl::context* const context_;
};

}  // namespace poolproof
