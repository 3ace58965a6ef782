// What the compiler calls for atomics and fences (-fsanitize=thread), and what it leaves to
// libatomic.
#include <atomic>
#include <cstddef>
#include <cstring>

#include "entry.hpp"

namespace {

using poolproof::Update;
using poolproof::Word;

// Bits above those that the standard knows are hints for hardware.
std::memory_order order_of(int order) noexcept { return static_cast<std::memory_order>(order & 7); }
constexpr int strongest = __ATOMIC_SEQ_CST;

template <class T>
T load(const volatile T* at, int order, const void* code) {
  if (!poolproof::inside) return __atomic_load_n(at, strongest);
  return static_cast<T>(
      poolproof::InsideLoop()->load(poolproof::address(at), sizeof *at, order_of(order), code));
}
template <class T>
void store(volatile T* at, T value, int order, const void* code) {
  if (!poolproof::inside) return __atomic_store_n(at, value, strongest);
  poolproof::Inside()->store(poolproof::address(at), sizeof *at, value, order_of(order), code);
}
template <class T>
T update(volatile T* at, Update how, T value, int order, const void* code) {
  if (poolproof::inside) {
    return static_cast<T>(poolproof::InsideLoop()->update(poolproof::address(at), sizeof *at, how,
                                                          value, order_of(order), code));
  }
  switch (how) {
    case Update::exchange:
      return __atomic_exchange_n(at, value, strongest);
    case Update::add:
      return __atomic_fetch_add(at, value, strongest);
    case Update::sub:
      return __atomic_fetch_sub(at, value, strongest);
    case Update::band:
      return __atomic_fetch_and(at, value, strongest);
    case Update::bor:
      return __atomic_fetch_or(at, value, strongest);
    case Update::bxor:
      return __atomic_fetch_xor(at, value, strongest);
    default:
      return __atomic_fetch_nand(at, value, strongest);
  }
}
template <class T>
bool cas(volatile T* at, T* expected, T value, const poolproof::Cas& how, const void* code) {
  if (!poolproof::inside) {
    return __atomic_compare_exchange_n(at, expected, value, how.weak, strongest, strongest);
  }
  Word wanted = *expected;
  const bool done =
      poolproof::InsideLoop()->cas(poolproof::address(at), sizeof *at, wanted, value, how, code);
  if (!done) *expected = static_cast<T>(wanted);
  return done;
}

}  // namespace

#define POOLPROOF_UPDATE(bits, T, name, how)                                           \
  POOLPROOF_ENTRY T __tsan_atomic##bits##_##name(volatile T* at, T value, int order) { \
    return update<T>(at, how, value, order, POOLPROOF_CODE);                           \
  }
#define POOLPROOF_ATOMIC(bits, T)                                                                \
  POOLPROOF_ENTRY T __tsan_atomic##bits##_load(const volatile T* at, int order) {                \
    return load<T>(at, order, POOLPROOF_CODE);                                                   \
  }                                                                                              \
  POOLPROOF_ENTRY void __tsan_atomic##bits##_store(volatile T* at, T value, int order) {         \
    store<T>(at, value, order, POOLPROOF_CODE);                                                  \
  }                                                                                              \
  POOLPROOF_UPDATE(bits, T, exchange, Update::exchange)                                          \
  POOLPROOF_UPDATE(bits, T, fetch_add, Update::add)                                              \
  POOLPROOF_UPDATE(bits, T, fetch_sub, Update::sub)                                              \
  POOLPROOF_UPDATE(bits, T, fetch_and, Update::band)                                             \
  POOLPROOF_UPDATE(bits, T, fetch_or, Update::bor)                                               \
  POOLPROOF_UPDATE(bits, T, fetch_xor, Update::bxor)                                             \
  POOLPROOF_UPDATE(bits, T, fetch_nand, Update::nand)                                            \
  POOLPROOF_ENTRY int __tsan_atomic##bits##_compare_exchange_strong(                             \
      volatile T* at, T* expected, T value, int success, int failure) {                          \
    return cas<T>(at, expected, value, {order_of(success), order_of(failure), false},            \
                  POOLPROOF_CODE);                                                               \
  }                                                                                              \
  POOLPROOF_ENTRY int __tsan_atomic##bits##_compare_exchange_weak(                               \
      volatile T* at, T* expected, T value, int success, int failure) {                          \
    return cas<T>(at, expected, value, {order_of(success), order_of(failure), true},             \
                  POOLPROOF_CODE);                                                               \
  }                                                                                              \
  POOLPROOF_ENTRY T __tsan_atomic##bits##_compare_exchange_val(                                  \
      volatile T* at, T expected, T value, int success, int failure) {                           \
    cas<T>(at, &expected, value, {order_of(success), order_of(failure), false}, POOLPROOF_CODE); \
    return expected;                                                                             \
  }

POOLPROOF_ATOMIC(8, std::uint8_t)
POOLPROOF_ATOMIC(16, std::uint16_t)
POOLPROOF_ATOMIC(32, std::uint32_t)
POOLPROOF_ATOMIC(64, std::uint64_t)

// 16 bytes: compilers know no instruction for all of it, so outside it goes by CAS.
namespace {

template <>
Word load<Word>(const volatile Word* at, int order, const void* code) {
  if (!poolproof::inside) return __sync_val_compare_and_swap(const_cast<volatile Word*>(at), 0, 0);
  return poolproof::InsideLoop()->load(poolproof::address(at), sizeof *at, order_of(order), code);
}
template <>
bool cas<Word>(volatile Word* at, Word* expected, Word value, const poolproof::Cas& how,
               const void* code) {
  if (poolproof::inside) {
    return poolproof::InsideLoop()->cas(poolproof::address(at), sizeof *at, *expected, value, how,
                                        code);
  }
  const Word old = __sync_val_compare_and_swap(at, *expected, value);
  return std::exchange(*expected, old) == old;
}
template <>
Word update<Word>(volatile Word* at, Update how, Word value, int order, const void* code) {
  if (poolproof::inside) {
    return poolproof::InsideLoop()->update(poolproof::address(at), sizeof *at, how, value,
                                           order_of(order), code);
  }
  for (;;) {
    const Word old = load<Word>(at, order, code);
    if (__sync_bool_compare_and_swap(at, old, poolproof::updated(how, old, value))) return old;
  }
}
template <>
void store<Word>(volatile Word* at, Word value, int order, const void* code) {
  if (poolproof::inside) {
    return poolproof::Inside()->store(poolproof::address(at), sizeof *at, value, order_of(order),
                                      code);
  }
  update<Word>(at, Update::exchange, value, order, code);
}

}  // namespace

POOLPROOF_ATOMIC(128, Word)

POOLPROOF_ENTRY void __tsan_atomic_signal_fence(int order) {
  if (poolproof::inside) poolproof::Inside()->signal_fence(order_of(order));
}
POOLPROOF_ENTRY void __tsan_atomic_thread_fence(int order) {
  if (!poolproof::inside) return __atomic_thread_fence(strongest);
  poolproof::Inside()->fence(order_of(order), POOLPROOF_CODE);
}

// libatomic's names are those of built-in functions, so they are given to ours.
#define POOLPROOF_LIBATOMIC(result, ours, theirs, ...)      \
  POOLPROOF_ENTRY result ours(__VA_ARGS__) __asm__(theirs); \
  POOLPROOF_ENTRY result ours(__VA_ARGS__)

POOLPROOF_LIBATOMIC(Word, poolproof_load_16, "__atomic_load_16", const volatile void* at,
                    int order) {
  return load(static_cast<const volatile Word*>(at), order, POOLPROOF_CODE);
}
POOLPROOF_LIBATOMIC(void, poolproof_store_16, "__atomic_store_16", volatile void* at, Word value,
                    int order) {
  store(static_cast<volatile Word*>(at), value, order, POOLPROOF_CODE);
}
POOLPROOF_LIBATOMIC(Word, poolproof_exchange_16, "__atomic_exchange_16", volatile void* at,
                    Word value, int order) {
  return update(static_cast<volatile Word*>(at), Update::exchange, value, order, POOLPROOF_CODE);
}
POOLPROOF_LIBATOMIC(bool, poolproof_cas_16, "__atomic_compare_exchange_16", volatile void* at,
                    void* expected, Word value, int success, int failure) {
  Word wanted = 0;
  std::memcpy(&wanted, expected, sizeof wanted);
  const bool done = cas(static_cast<volatile Word*>(at), &wanted, value,
                        {order_of(success), order_of(failure), false}, POOLPROOF_CODE);
  if (!done) std::memcpy(expected, &wanted, sizeof wanted);
  return done;
}
// So that a program may ask; libatomic answers as the hardware can.
POOLPROOF_LIBATOMIC(bool, poolproof_is_lock_free, "__atomic_is_lock_free", std::size_t size,
                    void*) {
  return size <= sizeof(Word);
}

// Of any size: up to 16 bytes they are atomics like others.
namespace {

unsigned checked_size(std::size_t size, const void* code) {
  if (size <= sizeof(Word)) return static_cast<unsigned>(size);
  poolproof::Program::current->fail("unsupported", "an atomic has more than 16 bytes", code);
}
Word value_at(const void* at, std::size_t size) noexcept {
  Word value = 0;
  std::memcpy(&value, at, size);
  return value;
}

}  // namespace

POOLPROOF_LIBATOMIC(void, poolproof_load, "__atomic_load", std::size_t size, const void* at,
                    void* to, int order) {
  if (!poolproof::inside) {
    std::memcpy(to, at, size);
    return;
  }
  const poolproof::Inside program;
  const Word value = program->load(poolproof::address(at), checked_size(size, POOLPROOF_CODE),
                                   order_of(order), POOLPROOF_CODE);
  std::memcpy(to, &value, size);
}
POOLPROOF_LIBATOMIC(void, poolproof_store, "__atomic_store", std::size_t size, void* at,
                    void* value, int order) {
  if (!poolproof::inside) {
    std::memcpy(at, value, size);
    return;
  }
  const poolproof::Inside program;
  const unsigned bytes = checked_size(size, POOLPROOF_CODE);
  program->store(poolproof::address(at), bytes, value_at(value, size), order_of(order),
                 POOLPROOF_CODE);
}
POOLPROOF_LIBATOMIC(bool, poolproof_cas, "__atomic_compare_exchange", std::size_t size, void* at,
                    void* expected, void* value, int success, int failure) {
  if (!poolproof::inside) {
    const bool same = std::memcmp(at, expected, size) == 0;
    std::memcpy(same ? at : expected, same ? value : at, size);
    return same;
  }
  const poolproof::Inside program;
  const unsigned bytes = checked_size(size, POOLPROOF_CODE);
  Word wanted = value_at(expected, size);
  const bool done = program->cas(poolproof::address(at), bytes, wanted, value_at(value, size),
                                 {order_of(success), order_of(failure), false}, POOLPROOF_CODE);
  if (!done) std::memcpy(expected, &wanted, size);
  return done;
}
POOLPROOF_LIBATOMIC(void, poolproof_exchange, "__atomic_exchange", std::size_t size, void* at,
                    void* value, void* to, int order) {
  if (!poolproof::inside) {
    std::memcpy(to, at, size);
    std::memcpy(at, value, size);
    return;
  }
  const poolproof::Inside program;
  const Word old =
      program->update(poolproof::address(at), checked_size(size, POOLPROOF_CODE), Update::exchange,
                      value_at(value, size), order_of(order), POOLPROOF_CODE);
  std::memcpy(to, &old, size);
}
