// KnownObjects: the atomics, variables and mutexes of the execution in progress, by address, and
// how Relacy lays them out, so that a state can be told from the bytes that hold it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <relacy/context.hpp>
// After context.hpp.
#include <relacy/atomic.hpp>
#include <relacy/var.hpp>

namespace poolproof {

struct KnownObject {
  enum class Kind : std::uint8_t { atomic, var, mutex };

  const std::byte* at = nullptr;
  std::uint16_t bytes = 0;
  std::uint8_t value_bytes = 0;
  Kind kind = Kind::atomic;
  bool constructed = false;     // until then only its creator knows of it
  const void* extra = nullptr;  // VarUse or MutexUse

  const std::byte* end() const noexcept { return at + bytes; }
};

// Of the execution in progress, in the order of their addresses.
class KnownObjects {
 public:
  static constexpr std::size_t most = 256;

  static inline bool on;

  // keeps: of the execution that begins.
  static void clear(bool keeps) noexcept {
    on = keeps;
    size_ = overflowed_ = 0;
  }
  static void add(const KnownObject& object) noexcept {
    if (size_ == most) {
      overflowed_ = 1;
      return;
    }
    std::size_t place = size_++;
    for (; place != 0 && all_[place - 1].at > object.at; --place) all_[place] = all_[place - 1];
    all_[place] = object;
  }
  static void constructed(const void* at, const void* extra) noexcept {
    KnownObject* object = find(at);
    if (object == nullptr) return;
    object->constructed = true;
    object->extra = extra;
  }
  static void remove(const void* at) noexcept {
    KnownObject* object = find(at);
    if (object == nullptr) return;
    std::copy(object + 1, all_.data() + size_, object);
    --size_;
  }
  static std::span<const KnownObject> all() noexcept { return {all_.data(), size_}; }
  // Are there more than were kept?
  static bool overflowed() noexcept { return overflowed_ != 0; }

 private:
  static KnownObject* find(const void* at) noexcept {
    const auto* address = static_cast<const std::byte*>(at);
    KnownObject* const end = all_.data() + size_;
    KnownObject* const place =
        std::lower_bound(all_.data(), end, address,
                         [](const KnownObject& known, const std::byte* p) { return known.at < p; });
    return place != end && place->at == address ? place : nullptr;
  }

  static inline std::array<KnownObject, most> all_;
  static inline std::size_t size_;
  static inline unsigned overflowed_;
};

// An empty base of an atomic, variable or mutex, at the object's own address: known from before the
// object is constructed until after it is destroyed.
template <KnownObject::Kind Kind>
class Tracked {
 protected:
  Tracked(std::size_t bytes, std::size_t value_bytes) noexcept {
    if (!KnownObjects::on) return;
    KnownObjects::add({reinterpret_cast<const std::byte*>(this), static_cast<std::uint16_t>(bytes),
                       static_cast<std::uint8_t>(value_bytes), Kind});
  }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() {
    if (KnownObjects::on) KnownObjects::remove(this);
  }

  void constructed(const void* extra = nullptr) const noexcept {
    if (KnownObjects::on) KnownObjects::constructed(this, extra);
  }
};

// How Relacy lays out an atomic and a variable, whose members are private.
template <class T>
struct AtomicLayout {
  T value;
  T history[rl::atomic_history_size];
  rl::atomic_data* data;
  unsigned last_index;
  unsigned signature;
  bool initialized;
  bool already_failed;  // its weak CAS, for nothing; in StaleReads::one
};
template <class T>
struct VarLayout {
  T value;
  bool initialized;
  rl::var_data* data;
  unsigned signature;
};
template <class T>
constexpr bool knows_layout = sizeof(AtomicLayout<T>) == sizeof(rl::atomic<T>) &&
                              sizeof(VarLayout<T>) == sizeof(rl::var<T>);

// Who has accessed a variable since it was last written, and who wrote it: whatever came before is
// ordered before that. By Announced::creator.
struct VarUse {
  std::uint32_t writer = 0;
  std::uint32_t readers = 0;  // as bits
};

// Who holds a mutex, and what whoever locks it next will have seen: Relacy's own is private.
struct MutexUse {
  static constexpr unsigned most_threads = 4;

  std::uint32_t holder = 0;  // as VarUse has it; 0: nobody
  std::array<rl::timestamp_t, most_threads> clock{};
};

}  // namespace poolproof
