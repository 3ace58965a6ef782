// What a user writes: threads whose containers share a pool.
#include <poolproof/lockless_block_allocator.hpp>
#include <poolproof/marked.hpp>
#include <poolproof/pool_resource.hpp>
#include <poolproof/std_allocator.hpp>

#include <cstddef>
#include <list>
#include <memory_resource>
#include <thread>
#include <unordered_map>
#include <vector>

using Pool = poolproof::Marked<poolproof::LocklessBlockAllocator<>>;

int main() {
  alignas(64) static std::byte memory[1 << 16];
  Pool pool(memory, sizeof memory, 64, 64);
  poolproof::PoolResource resource(pool);
  {
    std::vector<std::thread> threads;
    for (int id = 0; id != 4; ++id) {
      threads.emplace_back([&, id] {
        std::list<int, poolproof::StdAllocator<int, Pool>> list(pool);
        std::pmr::unordered_map<int, int> map(&resource);
        for (int i = 0; i != 100; ++i) {
          list.push_back(id);
          map[i] = id;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  return pool.peak() >= 200 && pool.used() == 0 ? 0 : 1;
}
