// Streams are compiled in libstdc++'s library, which we do not see into; but each operation that
// reads or writes one begins with a sentry. It changes the stream, as far as other threads are
// concerned.
#include <iostream>

#include "entry.hpp"

namespace {

// Those that threads may share without a lock of theirs.
bool is_standard(const std::ios_base* stream) noexcept {
  const std::ios_base* const all[] = {&std::cin,  &std::cout,  &std::cerr,  &std::clog,
                                      &std::wcin, &std::wcout, &std::wcerr, &std::wclog};
  for (const std::ios_base* one : all) {
    if (one == stream) return true;
  }
  return false;
}

// Its width stands behind the pointer to its functions and its precision; operations that format
// set it to 0.
void changes(std::ios_base& stream, const void* code) {
  if (!poolproof::inside || is_standard(&stream)) return;
  constexpr std::size_t width = sizeof(void*) + sizeof(std::streamsize);
  poolproof::Inside()->plain(poolproof::address(&stream) + width, sizeof(std::streamsize),
                             poolproof::Use::write, code);
}

}  // namespace

// The constructors of sentries, by their names in the library.
#define POOLPROOF_OUTPUT(symbol, Stream)                                             \
  POOLPROOF_ENTRY void symbol(void* sentry, Stream& stream) {                        \
    changes(stream, POOLPROOF_CODE);                                                 \
    static auto* const real = poolproof::system_function<decltype(symbol)>(#symbol); \
    real(sentry, stream);                                                            \
  }
#define POOLPROOF_INPUT(symbol, Stream)                                              \
  POOLPROOF_ENTRY void symbol(void* sentry, Stream& stream, bool keeps_space) {      \
    changes(stream, POOLPROOF_CODE);                                                 \
    static auto* const real = poolproof::system_function<decltype(symbol)>(#symbol); \
    real(sentry, stream, keeps_space);                                               \
  }
POOLPROOF_OUTPUT(_ZNSo6sentryC1ERSo, std::ostream)
POOLPROOF_OUTPUT(_ZNSt13basic_ostreamIwSt11char_traitsIwEE6sentryC1ERS2_, std::wostream)
POOLPROOF_INPUT(_ZNSi6sentryC1ERSib, std::istream)
POOLPROOF_INPUT(_ZNSt13basic_istreamIwSt11char_traitsIwEE6sentryC1ERS2_b, std::wistream)
