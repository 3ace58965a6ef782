// Relacy replaces new and delete, but not the forms of delete that are told the size, which
// compilers call: these would give its memory to the heap.
#include <cstddef>

#include <relacy/context.hpp>

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory, std::size_t) noexcept { operator delete[](memory); }
