// RunMemory: what a run gives to its pools: one arena, in which either a buffer lies between red
// zones, or a base carves chunks.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "allocators/sizes.hpp"
#include "red_zone.hpp"
#include "tracked_base.hpp"

namespace poolproof {

class RunMemory {
 public:
  // most_alignment: of what lies in it, a power of two.
  RunMemory(std::size_t bytes, std::size_t most_alignment)
      : size_(align_up(bytes, most_alignment)),
        arena_(static_cast<std::byte*>(::operator new (size_, std::align_val_t{most_alignment})),
               FreeArena{most_alignment}),
        base_(arena_.get(), size_) {}

  std::byte* begin() const noexcept { return arena_.get(); }
  std::size_t size() const noexcept { return size_; }
  TrackedBase& base() noexcept { return base_; }

  // A buffer of so many bytes from now on. All that was given before must be dead.
  std::byte* give_buffer(std::size_t bytes) {
    base_.start(0, 0);
    buffer_ = arena_.get() + arena_.get_deleter().alignment;
    buffer_end_ = buffer_ + bytes;
    lay_red_zone(buffer_ - red_zone_bytes);
    lay_red_zone(buffer_end_);
    return buffer_;
  }
  std::byte* buffer() const noexcept { return buffer_; }
  // Or chunks of the base, as TrackedBase::start has it.
  TrackedBase& give_base(std::size_t most_chunks, std::uint64_t seed) {
    buffer_ = nullptr;
    base_.start(most_chunks, seed);
    return base_;
  }

  // What was written beside what was given, in words.
  std::optional<std::string> overrun() const {
    if (buffer_ == nullptr) return base_.overrun();
    const auto what = written_beside(buffer_, buffer_end_);
    return what ? std::optional("of the buffer " + *what) : std::nullopt;
  }
  // What the base is owed once its pool has ended, in words.
  std::optional<std::string> debt() const {
    if (base_.owed() == 0 && base_.foreign_frees() == 0) return std::nullopt;
    return fmt::format("after deinit, {} chunks were not given back and {} were given back twice",
                       base_.owed(), base_.foreign_frees());
  }

 private:
  struct FreeArena {
    std::size_t alignment;
    void operator()(std::byte* arena) const noexcept {
      ::operator delete (arena, std::align_val_t{alignment});
    }
  };

  const std::size_t size_;
  std::unique_ptr<std::byte, FreeArena> arena_;
  TrackedBase base_;
  std::byte* buffer_ = nullptr;  // null: the base gives
  std::byte* buffer_end_ = nullptr;
};

}  // namespace poolproof
