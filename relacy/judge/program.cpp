#include "program.hpp"

#include <algorithm>
#include <stdexcept>

namespace poolproof::judge {

namespace {

constexpr std::string_view object_names = "xyzw";
struct OrderName {
  std::string_view name;
  std::memory_order order;
};
constexpr std::array<OrderName, 5> order_names{{{"rlx", std::memory_order_relaxed},
                                                {"acq", std::memory_order_acquire},
                                                {"rel", std::memory_order_release},
                                                {"ar", std::memory_order_acq_rel},
                                                {"sc", std::memory_order_seq_cst}}};

std::string_view name_of(std::memory_order order) {
  return std::ranges::find(order_names, order, &OrderName::order)->name;
}

// Takes one operation apart.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), left_(text) {}

  Operation operation(unsigned number) {
    Operation op;
    if (left_.starts_with('r')) {
      op.condition = earlier(number);
      expect("=");
      op.wanted = digit();
      expect("? ");
    }
    if (take("fence")) {
      op.kind = Kind::fence;
      op.order = order();
    } else {
      access(op, number);
    }
    if (!left_.empty()) wrong("nothing");
    check_orders(op);
    return op;
  }

 private:
  void access(Operation& op, unsigned number) {
    op.object = object();
    if (take(":")) {
      op.kind = Kind::cas;
      op.expected = digit();
      expect("->");
      op.value = digit();
      op.order = order();
      op.failure_order = order();
      return;
    }
    if (take("<-")) {
      op.kind = Kind::exchange;
      op.value = digit();
    } else if (take("+=")) {
      op.kind = Kind::fetch_add;
      op.value = digit();
    } else if (take("=")) {
      op.kind = Kind::store;
      stored(op, number);
    }
    op.plain = left_.empty() && op.kind <= Kind::store;
    if (!op.plain) op.order = order();
  }
  void stored(Operation& op, unsigned number) {
    if (left_.starts_with('r')) {
      op.value_of = earlier(number);
    } else {
      op.value = digit();
    }
  }
  void check_orders(const Operation& op) const {
    using enum std::memory_order;
    const auto fits = [](Kind kind, std::memory_order order) {
      if (kind == Kind::load) return order != release && order != acq_rel;
      return kind != Kind::store || (order != acquire && order != acq_rel);
    };
    if (!fits(op.kind, op.order) || !fits(Kind::load, op.failure_order))
      wrong("an order that such an operation can have");
  }

  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) wrong(word);
  }
  unsigned digit() {
    if (left_.empty() || left_[0] < '0' || left_[0] > '9') wrong("a digit");
    const auto value = static_cast<unsigned>(left_[0] - '0');
    left_.remove_prefix(1);
    return value;
  }
  unsigned earlier(unsigned number) {
    expect("r");
    const unsigned operation = digit();
    if (operation >= number) wrong("an earlier operation of the thread");
    return operation;
  }
  unsigned object() {
    const std::size_t found = left_.empty() ? std::string_view::npos : object_names.find(left_[0]);
    if (found == std::string_view::npos) wrong("an object: x, y, z or w");
    left_.remove_prefix(1);
    return static_cast<unsigned>(found);
  }
  std::memory_order order() {
    expect(".");
    for (const OrderName& known : order_names) {
      if (take(known.name)) return known.order;
    }
    wrong("an order: rlx, acq, rel, ar or sc");
  }
  [[noreturn]] void wrong(std::string_view expected) const {
    throw std::invalid_argument("'" + std::string(text_) + "': expected " + std::string(expected) +
                                " before '" + std::string(left_) + "'");
  }

  const std::string_view text_;
  std::string_view left_;
};

// Calls take with each part of text.
template <class Take>
void split(std::string_view text, std::string_view separator, Take take) {
  for (;;) {
    const std::size_t end = text.find(separator);
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + separator.size());
  }
}

void check(const Program& program) {
  if (program.threads.size() > Program::most_threads) {
    throw std::invalid_argument("more than 4 threads");
  }
  for (const auto& thread : program.threads) {
    if (thread.size() > Program::most_operations) {
      throw std::invalid_argument("more than 8 operations in a thread");
    }
    for (const Operation& op : thread) {
      if (op.kind != Kind::fence && op.plain != program.is_plain(op.object)) {
        throw std::invalid_argument("an object is either plain or atomic");
      }
      for (const auto& from : {op.condition, op.value_of}) {
        if (from && !thread[*from].reads()) throw std::invalid_argument("r names no read");
      }
    }
  }
}

std::string text_of(const Operation& op) {
  std::string text;
  const auto add_order = [&](std::memory_order order) {
    text += '.';
    text += name_of(order);
  };
  if (op.condition) {
    text += 'r' + std::to_string(*op.condition) + '=' + std::to_string(op.wanted) + "? ";
  }
  if (op.kind == Kind::fence) {
    text += "fence";
  } else {
    text += object_names[op.object];
  }
  if (op.kind == Kind::store) text += '=';
  if (op.kind == Kind::exchange) text += "<-";
  if (op.kind == Kind::fetch_add) text += "+=";
  if (op.kind == Kind::cas) text += ':' + std::to_string(op.expected) + "->";
  if (op.value_of) {
    text += 'r' + std::to_string(*op.value_of);
  } else if (op.may_write()) {
    text += std::to_string(op.value);
  }
  if (!op.plain) add_order(op.order);
  if (op.kind == Kind::cas) add_order(op.failure_order);
  return text;
}

}  // namespace

unsigned Program::objects() const noexcept {
  unsigned count = 0;
  for (const auto& thread : threads) {
    for (const Operation& op : thread) {
      if (op.kind != Kind::fence) count = std::max(count, op.object + 1);
    }
  }
  return count;
}

bool Program::is_plain(unsigned object) const noexcept {
  return std::ranges::any_of(threads, [=](const auto& thread) {
    return std::ranges::any_of(thread, [=](const Operation& op) {
      return op.plain && op.object == object && op.kind != Kind::fence;
    });
  });
}

bool Program::has_seq_cst_fence() const noexcept {
  return std::ranges::any_of(threads, [](const auto& thread) {
    return std::ranges::any_of(thread, [](const Operation& op) {
      return op.kind == Kind::fence && op.order == std::memory_order_seq_cst;
    });
  });
}

Program parse(std::string_view text) {
  Program program;
  split(text, " / ", [&](std::string_view thread_text) {
    std::vector<Operation>& thread = program.threads.emplace_back();
    split(thread_text, "; ", [&](std::string_view operation) {
      thread.push_back(Reader(operation).operation(static_cast<unsigned>(thread.size())));
    });
  });
  check(program);
  return program;
}

std::string text_of(const Program& program) {
  std::string text;
  for (const auto& thread : program.threads) {
    if (&thread != program.threads.data()) text += " / ";
    for (const Operation& op : thread) {
      if (&op != thread.data()) text += "; ";
      text += text_of(op);
    }
  }
  return text;
}

void append_outcome(std::string& to, const Program& program, const ReadValues& read,
                    const LastValues& last) {
  const auto add = [&](unsigned value) {
    if (value > 9) throw std::invalid_argument("a value of more than one digit");
    to += static_cast<char>('0' + value);
  };
  for (std::size_t t = 0; t != program.threads.size(); ++t) {
    if (t != 0) to += '/';
    for (std::size_t i = 0; i != program.threads[t].size(); ++i) {
      if (!program.threads[t][i].reads()) continue;
      if (read[t][i]) {
        add(*read[t][i]);
      } else {
        to += '-';
      }
    }
  }
  to += ':';
  for (unsigned object = 0; object != program.objects(); ++object) add(last[object]);
}

}  // namespace poolproof::judge
