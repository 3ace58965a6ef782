// The functions of stream buffers are compiled into the program, where their accesses are seen, and not
// taken from libstdc++'s library.
#pragma push_macro("_GLIBCXX_EXTERN_TEMPLATE")
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE 0
#include_next <bits/streambuf.tcc>
#pragma pop_macro("_GLIBCXX_EXTERN_TEMPLATE")
