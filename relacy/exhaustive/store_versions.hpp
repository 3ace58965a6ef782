// StoreVersions: of one execution, how many stores each object has had, and what each actor has
// seen of them, as far as that decides which stores a load may read and whether a loop waits in
// vain.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "relacy/engine/access.hpp"
#include "relacy/engine/model_engine.hpp"
#include "relacy/engine/state_hash.hpp"

namespace poolproof {

class StoreVersions {
 public:
  static constexpr unsigned actors = 16;  // at most

  void clear() noexcept {
    for (const std::uint32_t object : used_) objects_[object] = {};
    used_.clear();
    for (Actor& actor : actors_) actor = {};
  }

  // Stores since the actors began.
  std::int64_t newest(std::uint32_t object) const noexcept { return objects_[object].newest; }

  void read(unsigned actor, std::uint32_t object, std::int64_t version) noexcept {
    Object& it = use(object);
    it.seen[actor] = version + 1;
    Actor& me = actors_[actor];
    if (me.reads != watched) me.read[me.reads++] = {object, version};
  }
  void write(unsigned actor, std::uint32_t object) noexcept {
    Object& it = use(object);
    ++it.newest;
    ++it.own[actor];
    it.seen[actor] = it.newest + 1;
  }
  void yield(unsigned actor) noexcept {
    Actor& me = actors_[actor];
    ++me.yields;
    for (const std::uint32_t object : used_) {
      objects_[object].seen_at_yield[actor] = objects_[object].seen[actor];
    }
    me.watches = me.reads;
    for (unsigned i = 0; i != me.reads; ++i) {
      const Read& read = me.read[i];
      me.watch[i] = {read.object, objects_[read.object].newest - objects_[read.object].own[actor]};
      if (read.version != objects_[read.object].newest && objects_[read.object].own[actor] == 0) {
        me.watch[i].version = -1;  // there is something new already
      }
    }
    me.reads = 0;
  }

  std::uint32_t yields(unsigned actor) const noexcept { return actors_[actor].yields; }
  // All that what is said of the actor here, but for must_see_next, will depend on.
  void add_state(StateHash& state, unsigned actor) const {
    const Actor& me = actors_[actor];
    state.add(std::uint64_t{me.yields} << 32 | me.watches << 16 | me.reads);
    for (unsigned i = 0; i != me.watches; ++i) {
      const Object& it = objects_[me.watch[i].object];
      const bool stands = it.newest - it.own[actor] == me.watch[i].version;
      state.add(std::uint64_t{me.watch[i].object} << 1 | (stands ? 1 : 0));
    }
    for (unsigned i = 0; i != me.reads; ++i) {
      const Object& it = objects_[me.read[i].object];
      state.add(std::uint64_t{me.read[i].object} << 1 | (it.own[actor] == 0 ? 1 : 0));
      state.add(static_cast<std::uint64_t>(it.newest - me.read[i].version));
    }
  }
  // Had the actor seen the newest store when it last yielded? Then it will see a newer one. Who has
  // seen those from before the actors began is not known.
  bool must_see_next(unsigned actor, std::uint32_t object) const noexcept {
    if (actors_[actor].yields == 0) return false;
    const Object& it = objects_[object];
    return it.newest == 0 || it.seen_at_yield[actor] == it.newest + 1;
  }
  // Since it last yielded, has no other actor stored to anything that it had read?
  bool waits_in_vain(unsigned actor) const noexcept {
    const Actor& me = actors_[actor];
    if (me.watches == 0 || me.watches == watched) return false;
    return std::all_of(me.watch.begin(), me.watch.begin() + me.watches, [&](const Read& read) {
      const Object& it = objects_[read.object];
      return it.newest - it.own[actor] == read.version;
    });
  }

 private:
  static constexpr unsigned watched = 16;  // reads between two yields of a loop that waits

  struct Object {
    bool used = false;
    std::int64_t newest = 0;
    std::array<std::int64_t, actors> own{};   // stores by each actor
    std::array<std::int64_t, actors> seen{};  // the last store that each has seen + 1; 0: none
    std::array<std::int64_t, actors> seen_at_yield{};
  };
  struct Read {
    std::uint32_t object = 0;
    std::int64_t version = 0;  // in a watch: stores by others
  };
  struct Actor {
    std::uint32_t yields = 0;
    unsigned reads = 0;
    unsigned watches = 0;
    std::array<Read, watched> read{};
    std::array<Read, watched> watch{};
  };

  Object& use(std::uint32_t object) noexcept {
    Object& it = objects_[object];
    if (!it.used) {
      it.used = true;
      used_.push_back(object);
    }
    return it;
  }

  std::vector<Object> objects_ = std::vector<Object>(Access::most_objects);
  std::vector<std::uint32_t> used_;
  std::array<Actor, actors> actors_{};
};

}  // namespace poolproof
