#include "growth.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace poolproof {

std::size_t resident_bytes() noexcept {
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  std::size_t all = 0;
  std::size_t resident = 0;
  const int read = std::fscanf(file, "%zu %zu", &all, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

std::string Growth::Steady::loss() const {
  return fmt::format(
      "freed blocks are not handed out again: {} MiB of them were freed, and memory grew by {} MiB "
      "meanwhile",
      freed >> 20, grown >> 20);
}
std::string Growth::Steady::doubt() const {
  return fmt::format(
      "memory grew all the time, by {} KiB, with a bounded number of blocks in use: some that were "
      "freed may be lost",
      grown >> 10);
}

void Growth::look(Clock::time_point now, std::size_t freed, std::size_t resident) noexcept {
  if (count_ == most_looks) {  // every other one will do
    for (count_ = 0; count_ != most_looks / 2; ++count_) looks_[count_] = looks_[2 * count_ + 1];
    interval_ *= 2;
  }
  looks_[count_++] = {freed, resident};
  next_ = now + interval_;
}

std::optional<Growth::Steady> Growth::steady() const noexcept {
  constexpr std::size_t least = 256 << 10;
  if (count_ < least_looks) return std::nullopt;
  const auto end = looks_.begin() + static_cast<std::ptrdiff_t>(count_);
  const std::size_t all = looks_[count_ - 1].freed;
  const auto at = [&](std::size_t quarter) {
    return std::find_if(looks_.begin(), end,
                        [&](const Look& look) { return look.freed >= all / 4 * quarter; });
  };
  // The least from then on: memory that comes and goes does not grow.
  const auto floor = [&](std::size_t quarter) {
    return std::min_element(at(quarter), end,
                            [](const Look& a, const Look& b) { return a.resident < b.resident; })
        ->resident;
  };
  std::size_t smallest = ~std::size_t{0};
  std::size_t largest = 0;
  for (std::size_t quarter = 1; quarter != 4; ++quarter) {
    const std::size_t growth = floor(quarter + 1) - floor(quarter);
    smallest = std::min(smallest, growth);
    largest = std::max(largest, growth);
  }
  if (smallest < least || smallest < largest / 2) return std::nullopt;
  return Steady{floor(4) - floor(1), all - at(1)->freed};
}

}  // namespace poolproof
