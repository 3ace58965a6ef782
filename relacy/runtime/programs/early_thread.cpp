// A thread that begins before main(): no execution would have it.
#include <thread>

namespace {

std::thread early([] {});

}  // namespace

int main() { early.join(); }
