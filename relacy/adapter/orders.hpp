// Orders: which memory order an access of the allocator under test really uses. As a rule the one
// that is written; an audit puts another in the place of one of them, and notes which of them an
// execution came to. A selftest also has one read-modify-write made in two.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <span>

#include "harness/check/order_change.hpp"

namespace poolproof {

// Where an operation stands in the source. The debug information of an unchanged program is read
// without columns: there column says which kind of operation it is.
struct CodePlace {
  CodePlace() = default;
  CodePlace(const char* of_path, std::uint32_t of_line, std::uint32_t of_column) noexcept
      : path(of_path), line(of_line), column(of_column) {}
  explicit CodePlace(const std::source_location& where) noexcept
      : CodePlace(where.file_name(), where.line(), where.column()) {}

  const char* path = "";
  std::uint32_t line = 0;  // 0: not known
  std::uint32_t column = 0;
};

// An order that was come to. on_failure: the second of a CAS.
struct ReachedOrder {
  CodePlace where;
  const char* operation = "";  // "load", "store", "fetch_add", "CAS", "CAS failure", ...
  std::memory_order written = std::memory_order_relaxed;
  bool on_failure = false;
};

class Orders {
 public:
  using Where = std::source_location;

  // Is nothing changed, and nothing noted?
  static bool idle() noexcept { return idle_; }

  // Every access passes here.
  static std::memory_order of(const char* operation, std::memory_order written, const Where& where,
                              bool on_failure = false) noexcept {
    if (idle_) [[likely]]
      return written;
    return of(operation, written, CodePlace(where), on_failure);
  }
  static std::memory_order of(const char* operation, std::memory_order written,
                              const CodePlace& where, bool on_failure = false) noexcept {
    return idle_ ? written : look({where, operation, written, on_failure});
  }

  // Is this read-modify-write to be made in two, a load and a store?
  static bool in_two(const Where& where) noexcept {
    if (idle_) [[likely]]
      return false;
    return in_two(CodePlace(where));
  }
  static bool in_two(const CodePlace& where) noexcept { return !idle_ && look_in_two(where); }

  // While it lives, every execution of this process, and of the children it forks, has the change.
  class Changed {
   public:
    // change, which must outlive this, may be null: none.
    explicit Changed(const OrderChange* change) noexcept {
      change_ = change;
      applied_ = false;
      idle_ = change == nullptr;
    }
    Changed(const Changed&) = delete;
    Changed& operator=(const Changed&) = delete;
    ~Changed() {
      change_ = nullptr;
      idle_ = true;
    }
    // Has an access come to it since then, in this process?
    bool applied() const noexcept { return change_ == nullptr || applied_; }
  };

  // While it lives, what is reached is noted.
  class Noted {
   public:
    Noted() noexcept {
      count_ = 0;
      noting_ = true;
      idle_ = false;
    }
    Noted(const Noted&) = delete;
    Noted& operator=(const Noted&) = delete;
    ~Noted() {
      noting_ = false;
      idle_ = true;
    }
    std::span<const ReachedOrder> all() const noexcept { return {reached_.data(), count_}; }
  };

 private:
  [[gnu::cold, gnu::noinline]] static std::memory_order look(const ReachedOrder& here) noexcept {
    if (noting_) note(here);
    if (change_ == nullptr || change_->in_two || !is_changed(here.where, here.on_failure)) {
      return here.written;
    }
    applied_ = true;
    return change_->order;
  }
  [[gnu::cold, gnu::noinline]] static bool look_in_two(const CodePlace& where) noexcept {
    if (change_ == nullptr || !change_->in_two || !is_changed(where, false)) return false;
    applied_ = true;
    return true;
  }
  static bool is_changed(const CodePlace& where, bool on_failure) noexcept {
    const OrderPlace& place = change_->place;
    return place.line == where.line && place.column == where.column &&
           place.on_failure == on_failure && place.file == file_name(where.path);
  }
  // No memory is taken: in an execution it would be Relacy's.
  static void note(const ReachedOrder& here) noexcept {
    for (const ReachedOrder& known : std::span(reached_.data(), count_)) {
      if (known.where.line == here.where.line && known.where.column == here.where.column &&
          known.on_failure == here.on_failure &&
          std::strcmp(known.where.path, here.where.path) == 0) {
        return;
      }
    }
    if (count_ != reached_.size()) reached_[count_++] = here;
  }

  static inline bool idle_ = true;
  static inline bool noting_ = false;
  static inline bool applied_ = false;
  static inline const OrderChange* change_ = nullptr;
  static inline std::array<ReachedOrder, 256> reached_{};
  static inline std::size_t count_ = 0;
};

}  // namespace poolproof
