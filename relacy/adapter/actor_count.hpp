// How many actors there are, as a constant: Relacy's records have that in their types.
#pragma once

#include "relacy_context.hpp"

namespace poolproof {

inline unsigned actor_count() noexcept {
  return static_cast<unsigned>(rl::ctx().get_thread_count());
}

// call.template operator()<N>(), with N actors in the execution in progress.
template <class Call>
auto with_actor_count(Call call) {
  switch (actor_count()) {
    case 2:
      return call.template operator()<2>();
    case 3:
      return call.template operator()<3>();
    case 4:
      return call.template operator()<4>();
    case 8:
      return call.template operator()<8>();
    default:
      return call.template operator()<16>();
  }
}

}  // namespace poolproof
