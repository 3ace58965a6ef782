// Comes before all else where the model check compiles the sources of users: a
// std::atomic_thread_fence of theirs is then run by the model, as poolproof::fence is. Without that
// it would come to nothing, as executions run on one thread.
#pragma once

#include <atomic>

#include "relacy/engine/model_fence.hpp"

namespace std {

inline void poolproof_thread_fence(memory_order order,
                                   source_location where = source_location::current()) noexcept {
  poolproof::model_fence(order, where);
}

}  // namespace std

#define atomic_thread_fence poolproof_thread_fence
