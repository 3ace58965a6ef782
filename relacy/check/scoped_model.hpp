// ScopedModel: two models of the same, in the scope that was asked for and in a wider one. Before
// each execution is_wide says which of them it is of. Not for models whose actors begin within an
// execution.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "relacy/engine/model_engine.hpp"

namespace poolproof {

class ScopedModel final : public ModelTest {
 public:
  ScopedModel(ModelTest& asked, std::unique_ptr<ModelTest> wide, const bool& is_wide)
      : asked_(asked), wide_(std::move(wide)), is_wide_(is_wide) {}

  void before() override {
    now_ = is_wide_ ? wide_.get() : &asked_;
    now_->before();
  }
  void actor(unsigned index) override { now_->actor(index); }
  void after() override { now_->after(); }
  bool is_symmetric() const override { return asked_.is_symmetric(); }
  std::uint64_t end_state() const override { return now_->end_state(); }
  bool add_state(StateHash& hash, bool with_end) const override {
    return now_->add_state(hash, with_end);
  }
  void describe(Names& names) const override { now_->describe(names); }

 private:
  ModelTest& asked_;
  const std::unique_ptr<ModelTest> wide_;
  const bool& is_wide_;
  ModelTest* now_ = &asked_;
};

}  // namespace poolproof
