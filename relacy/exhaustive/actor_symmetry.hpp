// ActorSymmetry: which actors of one execution have gone the same way so far, so that an execution
// in which two of them change places is no other.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "store_versions.hpp"

namespace poolproof {

class ActorSymmetry {
 public:
  void clear() noexcept {
    hashes_.fill(1);
    changed_.fill(0);
  }
  // seen: the number of the store that a load or a read-modify-write has read.
  void step(unsigned actor, const Access& access, std::int64_t seen,
            const StepReport& step) noexcept {
    const HiddenEffects& effects = step.effects;
    // Who has left something behind is like nobody else.
    if (step.wrote || effects.writes != 0 || access.kind == Access::Kind::mutex ||
        access.kind == Access::Kind::unknown) {
      hashes_[actor] = 0;
    }
    const std::uint64_t changed = effects.writes | effects.adds;
    for (std::uint64_t bits = changed; bits != 0; bits &= bits - 1) {
      ++changed_[static_cast<unsigned>(std::countr_zero(bits))];
    }
    if (hashes_[actor] == 0) return;
    mix(actor, static_cast<std::uint64_t>(access.kind) << 32 | access.object);
    if (access.kind != Access::Kind::local) mix(actor, static_cast<std::uint64_t>(seen));
    mix(actor, effects.adds);
    for (std::uint64_t bits = effects.reads; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(bits));
      mix(actor, std::uint64_t{changed_[bit]} << 8 | bit);
    }
  }
  void choice(unsigned actor, std::uint32_t number) noexcept {
    if (hashes_[actor] != 0) mix(actor, 0x1000 + number);
  }
  bool alike(unsigned one, unsigned other) const noexcept {
    return hashes_[one] != 0 && hashes_[one] == hashes_[other];
  }

 private:
  void mix(unsigned actor, std::uint64_t value) noexcept {
    std::uint64_t& hash = hashes_[actor];
    hash = mixed(hash, value);
    if (hash == 0) hash = 1;
  }

  std::array<std::uint64_t, StoreVersions::actors> hashes_{};  // 0: like nobody
  std::array<std::uint32_t, 64> changed_{};                    // how often, by bit
};

}  // namespace poolproof
