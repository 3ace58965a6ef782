// A program may replace the global operator new and delete by its own. Then the forms that it does
// not replace come down to those that it does, as C++ has it; and our own code, with the libraries
// that it calls, never gets the program's.
#pragma once

#include <cstddef>

namespace poolproof {

// Those that the program defines itself; null: it does not.
struct ReplacedNew {
  void* (*one)(std::size_t) = nullptr;                        // new
  void* (*many)(std::size_t) = nullptr;                       // new[]
  void* (*aligned)(std::size_t, std::size_t) = nullptr;       // new with an alignment
  void* (*aligned_many)(std::size_t, std::size_t) = nullptr;  // new[] with an alignment
  void (*free_one)(void*) = nullptr;                          // delete
  void (*free_many)(void*) = nullptr;                         // delete[]
  void (*free_aligned)(void*, std::size_t) = nullptr;         // delete with an alignment
  void (*free_aligned_many)(void*, std::size_t) = nullptr;    // delete[] with an alignment
};
extern ReplacedNew replaced_new;

// Our library has made its static objects: what other libraries call by these names is the
// program's from here on, but while our own code runs in a process that checks its program.
void static_objects_are_made() noexcept;
// Is that our library's? (Asked only where the program has replaced something.)
bool is_own_code(const void* code) noexcept;

}  // namespace poolproof
