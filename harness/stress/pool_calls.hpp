// PoolCalls: how one actor calls a pool. On a pool with handles most actors hold one, and now and
// then give it back and take another; the others go without. Now and then the time of a call is
// taken. For one thread.
#pragma once

#include <optional>

#include "actor_state.hpp"
#include "harness/base/rng.hpp"
#include "harness/base/time.hpp"

namespace poolproof {

// What an actor holds of a pool with handles, now and then; of another one, nothing.
template <class Pool>
struct HandleOf {
  struct type {};
};
template <class Pool>
requires requires(Pool& pool) { pool.cache(); }
struct HandleOf<Pool> {
  using type = std::optional<typename Pool::Cache>;
};

template <class Pool>
class PoolCalls {
 public:
  PoolCalls(Rng& rng, ActorState& state) : rng_(rng), state_(state) {}

  // For the next round, with nobody inside. keeps_handle: the handle, of the pool before that one,
  // ends only with the first alloc of the round.
  void start_round(Pool& pool, bool keeps_handle = false) noexcept {
    pool_ = &pool;
    is_old_ = keeps_handle;
    if (keeps_handle) return;
    end_handle();
    if (has_handles && rng_.below(8) != 0) take_handle();
  }
  // With nobody inside, or in this actor's own thread.
  void end_handle() noexcept {
    if constexpr (has_handles) handle_.reset();
  }
  // Before an alloc: now and then gives back what the pool keeps for this actor.
  void maybe_give_back() noexcept {
    if (is_old_) [[unlikely]]
      start_round(*pool_);
    if (keeps_blocks && rng_.below(256) == 0) give_back();
  }

  // In this actor's own thread, which ends.
  void end_thread() noexcept {
    if constexpr (has_handles) {
      end_handle();
      take_handle();
    } else if constexpr (requires { pool_->flush(); }) {
      pool_->flush();
    }
  }
  // Gives back what the pool keeps for this thread.
  void leave() noexcept {
    if constexpr (requires { pool_->flush(); }) pool_->flush();
    if constexpr (requires { pool_->leave(); }) pool_->leave();
  }

  Pool& pool() const noexcept { return *pool_; }
  // call(pool) with the actor's handle, or the pool.
  template <class Call>
  decltype(auto) untimed(Call call) noexcept {
    if constexpr (has_handles) {
      if (handle_) return call(*handle_);
    }
    return call(*pool_);
  }
  // The same, and now and then its time is taken.
  template <class Call>
  decltype(auto) timed(Call call) noexcept {
    struct Watch {
      ~Watch() {
        const Nanoseconds taken = Clock::now() - start;
        latencies.add(static_cast<std::uint64_t>(taken.count()));
      }
      Latencies& latencies;
      Clock::time_point start = Clock::now();
    };
    if (state_.is_timed()) [[unlikely]] {
      const Watch watch{state_.latencies};
      return untimed(call);
    }
    return untimed(call);
  }

 private:
  static constexpr bool has_handles = requires(Pool & pool) { pool.cache(); };
  static constexpr bool keeps_blocks = has_handles || requires(Pool & pool) { pool.leave(); }
  || requires(Pool& pool) { pool.flush(); };

  void take_handle() noexcept {
    if constexpr (has_handles) handle_.emplace(*pool_);
  }
  // Ends its handle and takes another one, or none for a while; or leaves the pool as a thread.
  [[gnu::cold, gnu::noinline]] void give_back() noexcept {
    if constexpr (has_handles) {
      const bool had = handle_.has_value();
      end_handle();
      if (!had || rng_.below(4) != 0) take_handle();
    } else {
      leave();
    }
  }

  Rng& rng_;
  ActorState& state_;
  Pool* pool_ = nullptr;
  bool is_old_ = false;  // is the handle of the pool before?
  [[no_unique_address]] typename HandleOf<Pool>::type handle_;
};

}  // namespace poolproof
