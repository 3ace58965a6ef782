// A static object that ends the program before main.
#include <cstdlib>

struct Dies {
  Dies() { std::abort(); }
} dies;

int main() { return 0; }
