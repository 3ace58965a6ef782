// Two threads change one container or stream of the standard library's under a lock; WRONG:
// without. The first argument says which.
#include <fstream>
#include <iostream>
#include <list>
#include <map>
#include <memory_resource>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>

static std::mutex lock;
static std::list<int> list{1, 2, 3};
static std::map<int, int> map;
static std::set<int> set{1, 2, 3, 4, 5, 6, 7, 8};
static std::string text;
static std::ostringstream output;
static std::istringstream input("1 2");
static std::ofstream file("/dev/null");
static char buffer[256];
static std::pmr::monotonic_buffer_resource monotonic(buffer, sizeof buffer);
static std::pmr::unsynchronized_pool_resource pool;

static void change(char kind, int i) {
  switch (kind) {
    case 'l':
      return list.push_back(i);
    case 'b':
      if (i == 0) list.reverse();
      if (i == 1) list.remove(2);
      return;
    case 'm':
      map[i] = i;
      return;
    case 's':
      set.erase(4 * i);
      for (int one : set) i += one;
      return;
    case 't':
      text += static_cast<char>('a' + i);
      return;
    case 'o':
      output << i;
      return;
    case 'i':
      input >> i;
      return;
    case 'f':
      file << i;
      return;
    case 'p':
      (void)monotonic.allocate(8);
      return;
    case 'u':
      pool.deallocate(pool.allocate(8), 8);
      return;
    case 'c':
      std::cout << i << std::flush;
      return;  // threads may share it
    default:
      std::abort();
  }
}

static void work(char kind, int i) {
#ifndef WRONG
  const std::lock_guard<std::mutex> guard(lock);
#endif
  change(kind, i);
}

int main(int argc, char** argv) {
  const char kind = argc > 1 ? argv[1][0] : 'l';
  std::thread one(work, kind, 0), other(work, kind, 1);
  one.join();
  other.join();
}
