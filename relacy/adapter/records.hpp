// Records: what there is to know of atomics and variables that are no larger than what they hold.
// Such an atomic lies where its user's code wants it, in a block of 16 bytes, in a union, in memory
// of zeros, and may go without a destructor. It keeps its newest value in its own bytes, for all to
// see; everything else is here, found by its address and type, until the execution ends.
//
// Single-threaded, as executions are. Memory comes from the heap and not from Relacy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace poolproof {

// Of one address and type. It never moves while the execution lasts: an actor may stand within it.
struct Record {
  static constexpr std::size_t most_bytes = 2560;  // of a WeakAtomic

  const void* address = nullptr;
  const void* type = nullptr;
  std::uint32_t object = 0;          // its name, see Access
  bool begun = false;                // is there anything in place?
  void (*destroy)(void*) = nullptr;  // what is in place; null: it needs none
  Record* next = nullptr;            // in its bucket
  alignas(16) std::byte place[most_bytes];
};

class Records {
 public:
  static Records& all() noexcept {
    static Records records;
    return records;
  }
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;
  ~Records() {
    while (chunks_ != nullptr) {
      Chunk* chunk = chunks_;
      chunks_ = chunk->next;
      std::free(chunk);
    }
  }

  bool empty() const noexcept { return size_ == 0; }
  // Null where there is none.
  Record* find(const void* address, const void* type) noexcept {
    for (Record* record = buckets_[bucket(address)]; record != nullptr; record = record->next) {
      if (record->address == address && record->type == type) return record;
    }
    return nullptr;
  }
  Record& add(const void* address, const void* type, std::uint32_t object) {
    Record* const record = new_record();
    Record*& first = buckets_[bucket(address)];
    record->address = address;
    record->type = type;
    record->object = object;
    record->begun = false;
    record->destroy = nullptr;
    record->next = first;
    first = record;
    return *record;
  }
  // At the end of an execution.
  void destroy() {
    for_each([](Record& record) {
      if (record.destroy != nullptr) record.destroy(record.place);
    });
    forget();
  }
  // After an execution that was abandoned: what Relacy knew has gone.
  void forget() noexcept {
    if (size_ == 0) return;
    for_each([this](Record& record) { buckets_[bucket(record.address)] = nullptr; });
    size_ = 0;
    chunk_ = chunks_;
    used_ = 0;
  }
  // The variable whose object of Relacy's lies there; else the address itself.
  const void* address_of(const void* place) noexcept {
    const void* address = place;
    for_each([&](Record& record) {
      if (record.place == place) address = record.address;
    });
    return address;
  }

 private:
  static constexpr std::size_t bucket_count = 1024;
  static constexpr std::size_t chunk_size = 64;
  struct Chunk {
    Chunk* next;
    Record records[chunk_size];
  };

  Records() = default;

  static std::size_t bucket(const void* address) noexcept {
    const auto number = reinterpret_cast<std::uintptr_t>(address);
    return (number ^ number >> 10) % bucket_count;
  }
  Record* new_record() {
    if (size_ == 0) {
      chunk_ = chunks_;
      used_ = 0;
    }
    if (chunk_ == nullptr || used_ == chunk_size) {
      Chunk*& next = chunk_ == nullptr ? chunks_ : chunk_->next;
      if (next == nullptr) {
        void* memory = std::malloc(sizeof(Chunk));
        if (memory == nullptr) throw std::bad_alloc();
        next = new (memory) Chunk{};
      }
      chunk_ = next;
      used_ = 0;
    }
    ++size_;
    return &chunk_->records[used_++];
  }
  template <class Call>
  void for_each(Call call) {
    std::size_t left = size_;
    for (Chunk* chunk = chunks_; left != 0; chunk = chunk->next) {
      for (std::size_t i = 0; i != chunk_size && left != 0; ++i, --left) call(chunk->records[i]);
    }
  }

  Record* buckets_[bucket_count] = {};
  Chunk* chunks_ = nullptr;  // the first
  Chunk* chunk_ = nullptr;   // in which there may be room
  std::size_t used_ = 0;     // of it
  std::size_t size_ = 0;
};

}  // namespace poolproof
