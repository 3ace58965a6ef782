// LinearModel: a scenario on a linear allocator over a buffer, as a ModelTest. Its actors are
// LinearActors (scenario.hpp). Every byte of the buffer has an owner and a payload, so two pieces
// that overlap are found whichever way. One round: actors that rest have finished, and the reset
// comes once all have.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "allocators/sizes.hpp"
#include "backend.hpp"
#include "harness/check/model_check.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"
#include "relacy/trace/names.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

struct LinearSetting {
  std::uint32_t taken = 0;       // bytes of the buffer that are carved before the actors begin
  std::uint32_t bytes = 6;       // that are left
  std::uint32_t most_bytes = 3;  // of one carve
};

template <class Linear>
struct LinearWorld {
  static constexpr unsigned most_taken = 64;
  static constexpr unsigned most_bytes = 16;
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};
  static constexpr unsigned asked_bit = 63;  // the others: bytes; see BlockLedger

  explicit LinearWorld(const LinearSetting& s) : setting(s) {
    require(setting.bytes <= most_bytes && setting.taken <= most_taken, "setup",
            "the model's buffer is too small");
    lay_red_zone(buffer + setting.taken + setting.bytes);
    static_cast<void>(linear.init(buffer, setting.taken + setting.bytes, 1));
    begin();
  }

  // With all of the buffer free.
  void begin() {
    owners.fill(nobody);
    asked = carved = 0;
    require(setting.taken == 0 || linear.alloc(setting.taken) == buffer, "conservation",
            "the buffer is not all there");
  }

  // alignment: above 1 may cost the difference in padding.
  bool carve(std::uint32_t bytes, std::uint32_t owner, std::uint32_t alignment = 1) {
    note(alignment == 1 ? "carve %u" : "carve %u, aligned", bytes);
    asked += bytes + alignment - 1;
    model_adds(asked_bit);
    void* piece = alignment == 1 ? linear.alloc(bytes) : linear.alloc_aligned(bytes, alignment);
    if (piece == nullptr) {
      note("got none");
      model_reads(asked_bit);
      require(asked > setting.bytes, "must_succeed",
              "a carve failed although everything asked for fits");
      return false;
    }
    const std::size_t first = address(piece) - address(buffer + setting.taken);
    note("got byte %u", static_cast<unsigned>(first));
    require(address(piece) % alignment == 0, "alignment", "a piece is misaligned");
    require(first < setting.bytes && bytes <= setting.bytes - first, "range", "a piece is outside");
    for (std::size_t i = first; i != first + bytes; ++i) {
      model_writes(static_cast<unsigned>(i));
      require(owners[i] == nobody, "ownership", "two pieces overlap");
      owners[i] = owner;
      payloads[i].set(owner);
    }
    require(is_red_zone_whole(buffer + setting.taken + setting.bytes), "red_zone",
            "something was written behind the buffer");
    carved += bytes;
    return true;
  }

  void describe(Names& names) const {
    linear.describe(names);
    for (unsigned i = 0; i != setting.bytes; ++i) names.of_oracle("payload", i, payloads[i]);
  }

  const LinearSetting setting;
  Linear linear;
  alignas(16) std::byte buffer[most_taken + most_bytes + red_zone_bytes];  // and a red zone
  std::array<std::uint32_t, most_bytes> owners;
  std::array<ModelVar<std::uint32_t>, most_bytes> payloads;
  std::uint32_t asked = 0;   // bytes, with all padding, from the start of each carve
  std::uint32_t carved = 0;  // bytes, from the end of each that succeeded

 private:
  static void note(const char* format, unsigned number = 0) {
    if (!model_is_traced()) return;
    std::array<char, 64> text;
    std::snprintf(text.data(), text.size(), format, number);
    model_note(text.data());
  }
};

template <class Linear>
class ModelLinearActor {
 public:
  ModelLinearActor(LinearWorld<Linear>& world, unsigned index) : world_(&world), index_(index) {}

  bool carve(std::uint32_t bytes) { return world_->carve(bytes, index_); }
  bool carve_aligned(std::uint32_t bytes, std::uint32_t alignment) {
    return world_->carve(bytes, index_, alignment);
  }
  std::uint32_t alignment() const noexcept { return 1; }
  std::uint32_t random(std::uint32_t n) { return model_choice(n); }
  std::uint32_t most_bytes() const noexcept { return world_->setting.most_bytes; }
  void rest() noexcept { resting_ = true; }
  bool resting() const noexcept { return resting_; }

 private:
  LinearWorld<Linear>* world_;
  unsigned index_;
  bool resting_ = false;
};

template <class Linear, class Scenario>
class LinearModel final : public ModelTest {
 public:
  using Actor = ModelLinearActor<Linear>;
  static_assert(LinearActor<Actor>);

  explicit LinearModel(const Scope& scope) : scope_(scope) {}

  void before() override {
    const std::uint32_t bytes = 2 * scope_.blocks;
    const std::uint32_t most = std::min(3U, bytes);
    // Two ways that a buffer comes to its end: it is small, or there was much of it, so that a
    // carve is a small part of it (AsyncLinearAllocator tells them apart).
    const std::uint32_t taken = model_choice(2) == 0 ? 0 : LinearWorld<Linear>::most_taken - bytes;
    world_.make(LinearSetting{.taken = taken, .bytes = bytes, .most_bytes = most});
    for (unsigned i = 0; i != scope_.actors; ++i) actors_[i].make(*world_, i);
    named_at_rest_ = false;
  }
  void actor(unsigned index) override {
    Actor& me = *actors_[index];
    for (unsigned i = 0; i != scope_.rounds && !me.resting(); ++i) Scenario::step(me);
  }
  // At rest: what was carved is in use, and after a reset the whole buffer is there again.
  void after() override {
    // An execution that fails while it is taken down has nothing left to be described.
    named_at_rest_ = model_is_traced();
    if (named_at_rest_) world_->describe(names_at_rest_ = {});
    LinearWorld<Linear>& world = *world_;
    end_state_ = world.linear.used();
    for (const std::uint32_t owner : world.owners) end_state_ = mixed(end_state_, owner);
    const std::uint32_t bytes = world.setting.bytes;
    const std::size_t used = world.linear.used() - world.setting.taken;
    require(used >= world.carved, "conservation", "fewer bytes are in use than were carved");
    if (world.asked <= bytes) {
      require(used <= world.asked, "conservation", "more bytes are in use than were carved");
    }
    world.linear.reset();
    require(world.linear.used() == 0, "conservation", "bytes are in use after a reset");
    world.begin();
    require(world.carve(bytes, 0), "conservation", "a reset did not bring back the whole buffer");
    world_.destroy();
  }
  bool is_symmetric() const override { return true; }
  std::uint64_t end_state() const override { return end_state_; }
  // What there was is all there: who owns each byte.
  bool add_state(StateHash& hash, bool) const override {
    add_bytes(hash, *world_);
    for (unsigned i = 0; i != scope_.actors; ++i) add_bytes(hash, *actors_[i]);
    return true;
  }
  void describe(Names& names) const override {
    if (named_at_rest_) {
      names = names_at_rest_;
    } else {
      world_->describe(names);
    }
  }

 private:
  const Scope scope_;
  ExecutionLocal<LinearWorld<Linear>> world_;
  std::array<ExecutionLocal<Actor>, most_actors> actors_;
  std::uint64_t end_state_ = 0;
  bool named_at_rest_ = false;
  Names names_at_rest_;
};

}  // namespace poolproof
