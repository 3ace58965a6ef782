// What C++20 asks of loads and stores beyond what Relacy does: kept in Relacy's own records of the
// last stores to each atomic, so that states tell of it. All of it is called within an execution,
// by the actor that runs, in the step of the access.
#pragma once

#include "relacy_context.hpp"

namespace poolproof {

// Behind a store that is no read-modify-write. It ends the release sequence of a store of its own
// actor ([intro.races]/5); Relacy goes on with it, as C++ did before C++20.
void end_release_sequence(rl::atomic_data& atomic, rl::memory_order order) noexcept;

// The order S of seq_cst operations and fences ([atomics.order]/4) is the order in which they are
// executed. In Relacy a seq_cst load sees no store older than the newest that is seq_cst. Nor may
// it see one that is older than
//  - a store that another seq_cst operation has read (/4.1), or
//  - a store that happens before a seq_cst fence, or that was read by what does (/4.2).
// This scope encloses the load.
class SeqCstLoad {
 public:
  explicit SeqCstLoad(rl::atomic_data& atomic) noexcept;
  SeqCstLoad(const SeqCstLoad&) = delete;
  SeqCstLoad& operator=(const SeqCstLoad&) = delete;
  ~SeqCstLoad();

 private:
  rl::atomic_data& atomic_;
};

// Behind any other seq_cst operation, which has stored or read the newest store.
void accessed_newest_in_order(rl::atomic_data& atomic) noexcept;

// Behind a seq_cst fence: who comes after it sees no store older than one that a seq_cst operation
// has stored or read before the fence (/4.3).
void fenced_in_order() noexcept;

}  // namespace poolproof
