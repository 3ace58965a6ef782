// Names: what the variables of one execution are called, and how their values are to be read; for
// the trace. It is filled through the describe of allocators and models, whose visitor it is.
// Allocates nothing when filled, as that may happen within an execution.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "decoder.hpp"

namespace poolproof {

class Names {
 public:
  // algorithm: what it works on. bookkeeping: where its memory lies. oracle: not the allocator's.
  enum class Role : std::uint8_t { algorithm, bookkeeping, oracle };
  struct Number {};
  struct Pointer {};
  using Reading = std::variant<Number, Pointer, Decoder>;

  struct Variable {
    const char* name = nullptr;
    int index = -1;  // in an array; negative: in none
    const void* address = nullptr;
    Role role = Role::algorithm;
    Reading reading = {};
  };

  // What an address is that belongs to no block: the same in every run.
  static constexpr const char* somewhere = "somewhere";

  // visit("head", head_), visit("mutex", mutex_). A mutex has no address that the trace would show:
  // where there are several, all are "mutex".
  template <class Var>
  void operator()(const char* name, const Var& variable) {
    if constexpr (requires(Var & var) { var.lock(); }) {
      mutex_ = mutexes_++ == 0 ? name : "mutex";
    } else {
      add({name, -1, &variable, Role::algorithm, reading_of(variable)});
    }
  }
  // visit("next", 2, link)
  template <std::integral Index, class Var>
  void operator()(const char* name, Index index, const Var& variable) {
    add({name, static_cast<int>(index), &variable, Role::algorithm, reading_of(variable)});
  }
  // visit("head", head_, layout_), visit("next", 2, link, layout_). layout: see Decoder::of.
  template <class Var, class Layout>
  requires(!std::integral<Var>) void operator()(const char* name, const Var& variable,
                                                const Layout& layout) {
    add({name, -1, &variable, Role::algorithm, Decoder::of(layout)});
  }
  template <class Var, class Layout>
  void operator()(const char* name, std::size_t index, const Var& variable, const Layout& layout) {
    add({name, static_cast<int>(index), &variable, Role::algorithm, Decoder::of(layout)});
  }
  template <class Var>
  void bookkeeping(const char* name, const Var& variable) {
    add({name, -1, &variable, Role::bookkeeping, reading_of(variable)});
  }
  template <class Var>
  void bookkeeping(const char* name, std::size_t index, const Var& variable) {
    add({name, static_cast<int>(index), &variable, Role::bookkeeping, reading_of(variable)});
  }
  template <class Var>
  void of_oracle(const char* name, const Var& variable) {
    add({name, -1, &variable, Role::oracle, reading_of(variable)});
  }
  template <class Var>
  void of_oracle(const char* name, std::size_t index, const Var& variable) {
    add({name, static_cast<int>(index), &variable, Role::oracle, reading_of(variable)});
  }
  // A variable that nobody knows by its type.
  void at(const char* name, const void* address) noexcept {
    add({name, -1, address, Role::algorithm, {}});
  }
  void at(const char* name, const void* address, const Decoder& decoder) noexcept {
    add({name, -1, address, Role::algorithm, decoder});
  }
  // count blocks of size bytes lie in a row; the number of the first.
  void blocks(const void* start, std::size_t count, std::size_t size, std::size_t first) noexcept;
  template <class Var>
  static auto peek(const Var& variable) {
    return variable.peek();
  }

  // What the code keeps in plain memory is not seen: it came through an Atom.
  void plain_is_unseen() noexcept { plain_unseen_ = true; }
  bool sees_all() const noexcept { return !plain_unseen_; }

  // What the execution was about, in words: less than 100 characters.
  void setting(std::string_view words) noexcept {
    setting_[words.copy(setting_.data(), setting_.size() - 1)] = 0;
  }
  std::string setting() const { return setting_.data(); }

  const Variable* find(const void* address) const noexcept;
  // "head", "next[2]", "inside[2]" in block 2; empty where there is no such variable.
  std::string name(const void* address) const;
  std::string mutex() const { return mutex_; }
  std::optional<unsigned> block(const void* pointer) const noexcept;
  // A value of the variable as in HistoryEvent, "17" or "0x7f00", to be read by people.
  Fields decode(const void* address, const std::string& value) const;
  // "17", "-1" or "0x7f00", as in HistoryEvent.
  static std::uint64_t number(std::string_view value) noexcept;
  // The text, with pointers to blocks replaced by "block 2".
  std::string with_blocks(std::string_view text) const;

 private:
  static constexpr unsigned most_variables = 256;
  static constexpr unsigned most_ranges = 64;
  struct Range {
    const void* start;
    std::size_t count;
    std::size_t size;
    std::size_t first;
  };

  template <template <class> class Var, class T>
  static Reading reading_of(const Var<T>&) noexcept {
    if constexpr (std::is_pointer_v<T>) return Pointer{};
    return Number{};
  }
  // Of an Atom, which says what it holds.
  template <class Var>
  requires requires { typename Var::value_type; }
  static Reading reading_of(const Var&) noexcept {
    if constexpr (std::is_pointer_v<typename Var::value_type>) return Pointer{};
    return Number{};
  }
  void add(const Variable& variable) noexcept {
    if (size_ != most_variables) variables_[size_++] = variable;
  }
  std::string pointer_text(std::uint64_t pointer) const;

  std::array<Variable, most_variables> variables_{};
  unsigned size_ = 0;
  std::array<Range, most_ranges> ranges_{};
  unsigned ranges_size_ = 0;
  std::array<char, 100> setting_{};
  const char* mutex_ = "mutex";
  unsigned mutexes_ = 0;
  bool plain_unseen_ = false;
};

}  // namespace poolproof
