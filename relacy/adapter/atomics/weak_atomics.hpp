// WeakAtomics: lends the stores of atomics whose own bytes do not have them. What was not given
// back in an execution is taken back before the next. Memory comes from the heap and not from
// Relacy, and is used again. Single-threaded, as executions are.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#include "weak_memory.hpp"

namespace poolproof {

class WeakAtomics {
 public:
  static WeakAtomics& all() noexcept {
    static WeakAtomics atomics;
    return atomics;
  }
  WeakAtomics(const WeakAtomics&) = delete;
  WeakAtomics& operator=(const WeakAtomics&) = delete;
  ~WeakAtomics() {
    while (made_ != nullptr) {
      Lent* const next = made_->next_made;
      std::free(made_);
      made_ = next;
    }
  }

  // With one store, the value; that happens before everything.
  WeakAtomic& take(Word value) {
    Lent* const lent = free_ == nullptr ? make() : free_;
    free_ = lent->next_free;
    ++lent_;
    lent->atomic.renew(value);
    return lent->atomic;
  }
  void give_back(WeakAtomic& atomic) noexcept {
    auto& lent = reinterpret_cast<Lent&>(atomic);
    lent.next_free = free_;
    free_ = &lent;
    --lent_;
  }
  std::size_t lent() const noexcept { return lent_; }
  // At the start of an execution.
  void take_all_back() noexcept {
    if (lent_ == 0) return;
    lent_ = 0;
    free_ = nullptr;
    for (Lent* lent = made_; lent != nullptr; lent = lent->next_made) {
      lent->next_free = free_;
      free_ = lent;
    }
  }

 private:
  struct Lent {
    WeakAtomic atomic{};  // first: its address is this
    Lent* next_free = nullptr;
    Lent* next_made = nullptr;
  };

  WeakAtomics() = default;

  Lent* make() {
    void* const memory = std::malloc(sizeof(Lent));
    if (memory == nullptr) throw std::bad_alloc();
    Lent* const lent = new (memory) Lent;
    lent->next_made = made_;
    made_ = lent;
    return lent;
  }

  Lent* made_ = nullptr;
  Lent* free_ = nullptr;
  std::size_t lent_ = 0;
};

}  // namespace poolproof
