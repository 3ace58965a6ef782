// Tracked: makes an atomic, variable or mutex known to the execution in progress.
#pragma once

#include <cstddef>
#include <cstdint>

#include "exploration.hpp"
#include "known_objects.hpp"

namespace poolproof {

// An empty base of an atomic, variable or mutex, at the object's own address: known from before the
// object is constructed until after it is destroyed.
template <KnownObject::Kind Kind>
class Tracked {
 protected:
  explicit Tracked(std::size_t bytes, const ObjectLayout& layout = {}) noexcept {
    if (!known().keeps()) return;
    known().add({.at = reinterpret_cast<const std::byte*>(this),
                 .bytes = static_cast<std::uint16_t>(bytes),
                 .kind = Kind,
                 .layout = layout});
  }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() {
    if (known().keeps()) known().remove(this);
  }

  void constructed(const void* extra = nullptr) const noexcept {
    if (known().keeps()) known().constructed(this, extra);
  }

 private:
  static KnownObjects& known() noexcept { return Exploration::current->objects; }
};

}  // namespace poolproof
