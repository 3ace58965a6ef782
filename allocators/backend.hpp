// The contract between an allocator and the machine it runs on. An allocator takes from its backend
// everything that touches concurrency; so one source runs in production (StdBackend), under
// injected delays (ChaosBackend in harness/) and under a model checker (a backend in relacy/).
//
//   atomic<T>   std::atomic's members that are listed below, always with explicit orders
//   var<T>      a plain variable; a backend may report two unordered accesses as a race
//   mutex       lock, unlock
//   pause(n)    about n spin-loop hints; never needed for correctness
//   note(e)     tells an observer that event e happened; empty in production
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <atomic>

namespace poolproof {

// What an allocator tells its observer. None changes what the allocator does.
enum class Event : unsigned char {
  aba_window,  // without its cure against ABA, the allocator could have gone wrong here
  recycle,     // retired blocks came back into the free list
  claim,       // a block was taken where it lay, in limbo
  grow,        // a chunk came from the base
};
inline constexpr std::size_t event_kinds = 4;

template <class A, class T>
concept BackendAtomic = std::constructible_from<A, T> &&
    requires(A& atomic, const A& constant, T value, T& expected, std::memory_order order) {
  { constant.load(order) } -> std::same_as<T>;
  atomic.store(value, order);
  { atomic.exchange(value, order) } -> std::same_as<T>;
  { atomic.fetch_add(value, order) } -> std::same_as<T>;
  { atomic.fetch_sub(value, order) } -> std::same_as<T>;
  { atomic.compare_exchange_weak(expected, value, order, order) } -> std::same_as<bool>;
  { atomic.compare_exchange_strong(expected, value, order, order) } -> std::same_as<bool>;
};

template <class V, class T>
concept BackendVar = std::default_initializable<V> && requires(V& var, const V& constant, T value) {
  { constant.get() } -> std::same_as<T>;
  var.set(value);
};

template <class M>
concept BackendMutex = std::default_initializable<M> && requires(M& mutex) {
  mutex.lock();
  mutex.unlock();
};

template <class B>
concept Backend = BackendAtomic<typename B::template atomic<std::uint64_t>, std::uint64_t> &&
                  BackendAtomic<typename B::template atomic<std::uint32_t>, std::uint32_t> &&
                  BackendVar<typename B::template var<std::uint32_t>, std::uint32_t> &&
                  BackendVar < typename B::template var<void*>,
void* > &&BackendMutex<typename B::mutex>&& requires(unsigned times, Event event) {
  B::pause(times);
  B::note(event);
};

}  // namespace poolproof
