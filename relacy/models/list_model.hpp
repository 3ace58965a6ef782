// ListModel: a free list with a nonce, as small as it can be, for measuring searches: each actor
// takes a block and puts it back, so many times. Other checkers have been measured on the same.
#pragma once

#include <array>
#include <cstdint>

#include "backend.hpp"
#include "harness/check/model_check.hpp"
#include "model_memory.hpp"
#include "relacy/engine/model_engine.hpp"

namespace poolproof {

class ListModel final : public ModelTest {
 public:
  explicit ListModel(const Scope& scope) : scope_(scope) {}

  void before() override {
    head_.make(std::uint64_t{0});
    for (unsigned i = 0; i != scope_.blocks; ++i) {
      next_[i].make(i + 1 == scope_.blocks ? none : i + 1);
      payload_[i].make(0U);
    }
  }
  void actor(unsigned me) override {
    for (unsigned i = 0; i != scope_.rounds; ++i) {
      const unsigned block = pop();
      if (block == none) continue;
      payload_[block]->set(me);
      require(payload_[block]->get() == me, "ownership", "a block has two owners");
      push(block);
    }
  }
  void after() override {
    unsigned length = 0;
    for (unsigned i = index(head_->load(std::memory_order_relaxed)); i != none;
         i = next_[i]->load(std::memory_order_relaxed)) {
      ++length;
    }
    require(length == scope_.blocks, "conservation", "blocks were lost");
    head_.destroy();
    for (unsigned i = 0; i != scope_.blocks; ++i) {
      next_[i].destroy();
      payload_[i].destroy();
    }
  }
  bool is_symmetric() const override { return true; }
  bool add_state(StateHash&, bool) const override { return true; }

 private:
  static constexpr unsigned none = 0xffff;

  static unsigned index(std::uint64_t word) { return static_cast<unsigned>(word & 0xffff); }

  unsigned pop() {
    std::uint64_t word = head_->load(std::memory_order_acquire);
    while (index(word) != none) {
      const unsigned top = index(word);
      const std::uint64_t next = next_[top]->load(std::memory_order_relaxed);
      if (head_->compare_exchange_weak(word, ((word >> 16) + 1) << 16 | next,
                                       std::memory_order_acquire, std::memory_order_acquire)) {
        return top;
      }
    }
    return none;
  }
  void push(unsigned block) {
    std::uint64_t word = head_->load(std::memory_order_relaxed);
    do {
      next_[block]->store(index(word), std::memory_order_relaxed);
    } while (!head_->compare_exchange_weak(word, (word >> 16) << 16 | block,
                                           std::memory_order_release, std::memory_order_relaxed));
  }

  const Scope scope_;
  ExecutionLocal<ModelAtomic<std::uint64_t>> head_;
  std::array<ExecutionLocal<ModelAtomic<unsigned>>, Scope::most_blocks> next_;
  std::array<ExecutionLocal<ModelVar<unsigned>>, Scope::most_blocks> payload_;
};

}  // namespace poolproof
