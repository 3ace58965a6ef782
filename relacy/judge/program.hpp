// Program: a small concurrent program, for asking what C++20 allows it to do. Threads of loads,
// stores, read-modify-writes and fences on the objects x, y, z and w, which are 0 at first.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::judge {

enum class Kind : std::uint8_t { load, store, exchange, fetch_add, cas, fence };

// One operation of a thread. Operations are numbered from 0 in each thread.
struct Operation {
  Kind kind = Kind::load;
  bool plain = false;   // a load or store of a variable that is not atomic
  unsigned object = 0;  // 0 is x; meaningless for a fence
  unsigned value = 0;   // that is stored or added
  std::memory_order order = std::memory_order_relaxed;
  unsigned expected = 0;  // by a CAS, which is a strong one
  std::memory_order failure_order = std::memory_order_relaxed;
  std::optional<unsigned> value_of;   // a store: of what that operation of its thread has read
  std::optional<unsigned> condition;  // executed only if that operation of its thread
  unsigned wanted = 0;                //   has read this

  bool reads() const noexcept { return kind != Kind::store && kind != Kind::fence; }
  // Does it write, whatever it reads?
  bool always_writes() const noexcept { return kind != Kind::cas && may_write(); }
  bool may_write() const noexcept { return kind != Kind::load && kind != Kind::fence; }
};

struct Program {
  static constexpr unsigned most_objects = 4;
  static constexpr unsigned most_threads = 4;
  static constexpr unsigned most_operations = 8;  // of a thread

  std::vector<std::vector<Operation>> threads;

  unsigned objects() const noexcept;  // those that operations name, and all before them
  bool is_plain(unsigned object) const noexcept;
  bool has_seq_cst_fence() const noexcept;
};

// The notation: threads apart by " / ", operations by "; ".
//   x.acq  x=1.rel         load, store; without an order: of a plain variable
//   x<-1.ar  x+=1.rlx      exchange, fetch_add
//   x:0->1.ar.acq          CAS that expects 0, with its success and its failure order
//   fence.sc               atomic_thread_fence
//   x=r0.rlx               stores what operation 0 of the thread has read
//   r0=1? x.rlx            only if operation 0 has read 1
// Orders: rlx, acq, rel, ar (acq_rel), sc (seq_cst).
// Throws std::invalid_argument, which says what is wrong with it.
Program parse(std::string_view text);
// parse(text_of(p)) is p.
std::string text_of(const Program& program);

// What an execution came to: the values that each thread has read, threads apart by '/', '-' for
// an operation that was not executed; behind a colon the last values of all objects. Values are
// digits.
using ReadValues = std::array<std::array<std::optional<unsigned>, Program::most_operations>,
                              Program::most_threads>;
using LastValues = std::array<unsigned, Program::most_objects>;
void append_outcome(std::string& to, const Program& program, const ReadValues& read,
                    const LastValues& last);

}  // namespace poolproof::judge
