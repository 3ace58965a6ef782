// LinearModel: a scenario on a linear allocator over a buffer, as a ModelTest. Its actors are
// LinearActors (scenario.hpp). Every byte of the buffer has an owner and a payload, so two pieces
// that overlap are found whichever way. One round: actors that rest have finished, and the reset
// comes once all have.
#pragma once

#include <array>
#include <cstdint>

#include "allocators/sizes.hpp"
#include "model_engine.hpp"
#include "model_memory.hpp"
#include "relacy_backend.hpp"
#include "scenarios/scenario.hpp"

namespace poolproof {

struct LinearShape {
  unsigned actors = 3;
  unsigned bytes = 6;       // of the buffer
  unsigned most_bytes = 3;  // of one carve
  unsigned steps = 3;       // of each actor
};

template <class Linear>
struct LinearWorld {
  static constexpr unsigned most_bytes = 16;
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};

  explicit LinearWorld(const LinearShape& s) : shape(s) {
    model_check(shape.bytes <= most_bytes, "the model's buffer is too small");
    static_cast<void>(linear.init(buffer, shape.bytes, 1));
    owners.fill(nobody);
  }

  bool carve(std::uint32_t bytes, std::uint32_t owner) {
    asked += bytes;
    void* piece = linear.alloc(bytes);
    if (piece == nullptr) {
      model_check(asked > shape.bytes, "a carve failed although everything asked for fits");
      return false;
    }
    const std::size_t first = address(piece) - address(buffer);
    model_check(first < shape.bytes && bytes <= shape.bytes - first, "a piece is outside");
    for (std::size_t i = first; i != first + bytes; ++i) {
      model_check(owners[i] == nobody, "two pieces overlap");
      owners[i] = owner;
      payloads[i].set(owner);
    }
    carved += bytes;
    return true;
  }

  const LinearShape shape;
  Linear linear;
  alignas(16) std::byte buffer[most_bytes];
  std::array<std::uint32_t, most_bytes> owners;
  std::array<RelacyVar<std::uint32_t>, most_bytes> payloads;
  std::uint32_t asked = 0;   // bytes, from the start of each carve
  std::uint32_t carved = 0;  // bytes, from the end of each that succeeded
};

template <class Linear>
class ModelLinearActor {
 public:
  ModelLinearActor(LinearWorld<Linear>& world, unsigned index) : world_(&world), index_(index) {}

  bool carve(std::uint32_t bytes) { return world_->carve(bytes, index_); }
  std::uint32_t random(std::uint32_t n) { return model_choice(n); }
  std::uint32_t most_bytes() const noexcept { return world_->shape.most_bytes; }
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

  explicit LinearModel(const LinearShape& shape) : shape_(shape) {}

  void before() override {
    world_.make(shape_);
    for (unsigned i = 0; i != shape_.actors; ++i) actors_[i].make(*world_, i);
  }
  void actor(unsigned index) override {
    Actor& me = *actors_[index];
    for (unsigned i = 0; i != shape_.steps && !me.resting(); ++i) Scenario::step(me);
  }
  // At rest: what was carved is in use, and after a reset the whole buffer is there again.
  void after() override {
    LinearWorld<Linear>& world = *world_;
    model_check(world.linear.used() >= world.carved, "fewer bytes are in use than were carved");
    if (world.asked <= shape_.bytes) {
      model_check(world.linear.used() == world.carved, "more bytes are in use than were carved");
    }
    world.linear.reset();
    model_check(world.linear.used() == 0, "bytes are in use after a reset");
    world.owners.fill(LinearWorld<Linear>::nobody);
    model_check(world.carve(shape_.bytes, 0), "a reset did not bring back the whole buffer");
    world_.destroy();
  }

 private:
  const LinearShape shape_;
  Place<LinearWorld<Linear>> world_;
  std::array<Place<Actor>, 4> actors_;
};

}  // namespace poolproof
