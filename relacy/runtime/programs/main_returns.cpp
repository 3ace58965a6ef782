// A thread that nobody joins. WRONG: it writes a variable of main()'s, which may have returned.
#include <thread>

int global = 0;

int main() {
#ifdef WRONG
  int local = 0;
  int* const last = &local;
#else
  int* const last = &global;
#endif
  std::thread([last] { *last = 1; }).detach();
}
