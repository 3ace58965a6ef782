// Three threads take indices of iceoryx's own list, hold them alone, and give them back, twice.
// ci/iceoryx compiles it beside the list as it was shipped, and as it was cured.
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "iox/detail/mpmc_loffli.hpp"

namespace {

using List = iox::concurrent::MpmcLoFFLi;
constexpr std::uint32_t indices = 3;

std::array<std::uint32_t, indices + 1> memory;
std::array<std::atomic<bool>, indices> taken;
List list;
// Before main(), so that iceoryx's table of ten thousand pointers is not made anew in each
// execution.
const bool made = (list.init(iox::not_null<std::uint32_t*>(memory.data()), indices), true);

void work() {
  for (int round = 0; round != 2; ++round) {
    std::array<std::uint32_t, 2> got{};
    std::size_t count = 0;
    for (int i = 0; i != 2; ++i) {
      if (!list.pop(got[count])) continue;
      assert(!taken[got[count]].exchange(true));  // nobody else has it
      ++count;
    }
    for (std::size_t i = 0; i != count; ++i) {  // the first that was taken first
      taken[got[i]] = false;
      assert(list.push(got[i]));
    }
  }
}

}  // namespace

int main() {
  std::thread one(work);
  std::thread two(work);
  work();
  one.join();
  two.join();
}
