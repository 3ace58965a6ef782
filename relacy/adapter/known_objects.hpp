// KnownObjects: the atomics, variables and mutexes of the execution in progress, by address, and
// where what is known of them lies, so that a state can be told from it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "relacy_context.hpp"
// After it.
#include <relacy/var.hpp>

namespace poolproof {

// How Relacy lays out a variable, whose members are private.
template <class T>
struct VarLayout {
  T value;
  bool initialized;
  rl::var_data* data;
  unsigned signature;
};
template <class T>
constexpr bool knows_layout = sizeof(VarLayout<T>) == sizeof(rl::var<T>);

// Where the members lie that a state is told from; 0: there is no such member.
struct ObjectLayout {
  std::uint8_t value_bytes = 0;
  std::uint8_t data = 0;
};
template <class T>
constexpr ObjectLayout atomic_layout = {sizeof(T), 0};
template <class T>
constexpr ObjectLayout var_layout = {sizeof(T), offsetof(VarLayout<T>, data)};

struct KnownObject {
  enum class Kind : std::uint8_t { atomic, var, mutex };

  const std::byte* at = nullptr;
  std::uint16_t bytes = 0;
  Kind kind = Kind::atomic;
  ObjectLayout layout{};
  bool constructed = false;     // until then only its creator knows of it
  const void* extra = nullptr;  // WeakAtomic, VarUse or MutexUse
  const std::byte* place = at;  // where Relacy's object lies, if elsewhere

  const std::byte* end() const noexcept { return at + bytes; }
};

// Those of the execution in progress, in the order of their addresses.
class KnownObjects {
 public:
  static constexpr std::size_t most = 256;

  // keeps: are those of the execution that begins to be kept?
  void clear(bool keeps) noexcept {
    keeps_ = keeps;
    size_ = 0;
    overflowed_ = false;
  }
  bool keeps() const noexcept { return keeps_; }
  void add(const KnownObject& object) noexcept {
    if (size_ == most) {
      overflowed_ = true;
      return;
    }
    std::size_t place = size_++;
    for (; place != 0 && all_[place - 1].at > object.at; --place) all_[place] = all_[place - 1];
    all_[place] = object;
  }
  void constructed(const void* at, const void* extra) noexcept {
    KnownObject* object = find(at);
    if (object == nullptr) return;
    object->constructed = true;
    object->extra = extra;
  }
  void remove(const void* at) noexcept {
    KnownObject* object = find(at);
    if (object == nullptr) return;
    std::copy(object + 1, all_.data() + size_, object);
    --size_;
  }
  std::span<const KnownObject> all() const noexcept { return {all_.data(), size_}; }
  // Are there more than were kept?
  bool overflowed() const noexcept { return overflowed_; }

 private:
  KnownObject* find(const void* at) noexcept {
    const auto* address = static_cast<const std::byte*>(at);
    KnownObject* const end = all_.data() + size_;
    KnownObject* const place =
        std::lower_bound(all_.data(), end, address,
                         [](const KnownObject& known, const std::byte* p) { return known.at < p; });
    return place != end && place->at == address ? place : nullptr;
  }

  std::array<KnownObject, most> all_;
  std::size_t size_ = 0;
  bool keeps_ = false;
  bool overflowed_ = false;
};

// Who has accessed a variable since it was last written, and who wrote it: whatever came before is
// ordered before that. By Exploration::creator.
struct VarUse {
  std::uint32_t writer = 0;
  std::uint32_t readers = 0;  // as bits
};

// Who holds a mutex, and what whoever locks it next will have seen: Relacy's own is private.
struct MutexUse {
  static constexpr unsigned most_threads = 16;

  std::uint32_t holder = 0;  // as VarUse has it; 0: nobody
  std::array<rl::timestamp_t, most_threads> clock{};
};

}  // namespace poolproof
