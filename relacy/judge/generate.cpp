#include "generate.hpp"

#include <array>

#include "harness/base/rng.hpp"

namespace poolproof::judge {

namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t number) : rng_(number, 11) {}

  Program program() {
    const unsigned threads = 2 + rng_.below(2);
    objects_ = 2 + (rng_.below(3) == 0 ? 1 : 0);
    has_plain_ = rng_.below(3) == 0;
    has_fences_ = rng_.below(3) == 0;
    style_ = static_cast<Style>(rng_.below(4));
    Program program;
    for (unsigned thread = 0; thread != threads; ++thread) {
      std::vector<Operation>& operations = program.threads.emplace_back();
      reads_.clear();
      const unsigned most = threads == 2 ? 4 : 3;
      for (unsigned i = 0, size = 1 + rng_.below(most); i != size; ++i) {
        operations.push_back(operation());
        if (operations.back().reads()) reads_.push_back(i);
      }
    }
    return program;
  }

 private:
  enum class Style : std::uint8_t { relaxed, strong, mixed, any };

  Operation operation() {
    Operation op;
    if (has_fences_ && rng_.below(4) == 0) {
      using enum std::memory_order;
      op.kind = Kind::fence;
      op.order = std::array{acquire, release, acq_rel, seq_cst}[rng_.below(4)];
      return op;
    }
    op.object = rng_.below(objects_);
    if (has_plain_ && op.object == 0) {
      plain(op);
    } else {
      atomic(op);
    }
    if (!reads_.empty() && (op.plain ? rng_.below(5) != 0 : rng_.below(8) == 0)) {
      op.condition = reads_.back();
      op.wanted = 1 + rng_.below(2);
    }
    return op;
  }
  void plain(Operation& op) {
    op.plain = true;
    op.kind = rng_.below(2) == 0 ? Kind::load : Kind::store;
    if (op.kind == Kind::store) op.value = 1 + rng_.below(2);
  }
  void atomic(Operation& op) {
    constexpr std::array kinds{Kind::load,     Kind::load,     Kind::load,  Kind::store,
                               Kind::store,    Kind::store,    Kind::store, Kind::cas,
                               Kind::exchange, Kind::fetch_add};
    op.kind = kinds[rng_.below(kinds.size())];
    op.order = order(op.kind);
    if (!op.may_write()) return;
    op.value = op.kind == Kind::fetch_add ? 1 : 1 + rng_.below(3);
    if (op.kind == Kind::cas) {
      op.expected = rng_.below(3);
      op.failure_order = order(Kind::load);
    }
    if (op.kind == Kind::store && !reads_.empty() && rng_.below(6) == 0) {
      op.value_of = reads_.back();
      op.value = 0;
    }
  }
  std::memory_order order(Kind kind) {
    using enum std::memory_order;
    if (style_ == Style::relaxed) return relaxed;
    if (style_ == Style::strong && rng_.below(3) != 0) return seq_cst;
    const bool synchronizes = style_ == Style::mixed && rng_.below(2) == 0;
    if (kind == Kind::load) {
      return synchronizes ? acquire : std::array{relaxed, acquire, seq_cst}[rng_.below(3)];
    }
    if (kind == Kind::store) {
      return synchronizes ? release : std::array{relaxed, release, seq_cst}[rng_.below(3)];
    }
    return std::array{relaxed, acquire, release, acq_rel, seq_cst}[rng_.below(5)];
  }

  Rng rng_;
  unsigned objects_ = 2;
  bool has_plain_ = false;
  bool has_fences_ = false;
  Style style_ = Style::any;
  std::vector<unsigned> reads_;  // of the thread
};

}  // namespace

Program generate(std::uint64_t number) { return Generator(number).program(); }

}  // namespace poolproof::judge
