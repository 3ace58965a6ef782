// Slice: a part of a search. The whole is cut into shards, one for a machine, and each of them into
// jobs, as many as that machine likes. Slices with the same numbers of both do not overlap.
#pragma once

#include <cstdint>

namespace poolproof {

struct Slice {
  std::uint64_t shard = 0;  // both from 0
  std::uint64_t shards = 1;
  std::uint64_t job = 0;
  std::uint64_t jobs = 1;

  bool is_whole() const noexcept { return of() == 1; }
  // Of a shard that cannot be cut, the first job does all, and the others nothing.
  Slice undivided() const noexcept { return {shard, shards, 0, 1}; }
  // Of a list it has those whose place, from 0, is number modulo of.
  std::uint64_t number() const noexcept { return shard + shards * job; }
  std::uint64_t of() const noexcept { return shards * jobs; }
  bool has(std::uint64_t place) const noexcept { return place % of() == number(); }
};

}  // namespace poolproof
