// Decoders: how the value of a variable reads, such as index and nonce of a word.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace poolproof {

// One part of a decoded value, such as {"nonce", "7"}. A value of one part may have no name for it.
struct Field {
  std::string name;
  std::string value;

  friend bool operator==(const Field&, const Field&) = default;
};
using Fields = std::vector<Field>;

// "index 2, nonce 7"; "block 1"; "none".
std::string fields_text(const Fields& fields);

// Takes the parts of a value from its decoder: field("index", 2), field("owner", "none").
class FieldSink {
 public:
  explicit FieldSink(Fields& fields) noexcept : fields_(fields) {}

  void operator()(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
  }
  void operator()(std::string_view name, std::integral auto number) {
    (*this)(name, std::string_view(std::to_string(number)));
  }

 private:
  Fields& fields_;
};

// A function that is called with a value, as a std::uint64_t, and a FieldSink; kept by value, but
// without an allocation, as variables may be named within an execution.
class Decoder {
 public:
  // layout: such a function, or an object with a function beside its type,
  // decode(layout, value, field).
  template <class Layout>
  static Decoder of(const Layout& layout) noexcept {
    if constexpr (std::invocable<const Layout&, std::uint64_t, FieldSink&>) {
      return Decoder(layout);
    } else {
      static_assert(
          requires(std::uint64_t value, FieldSink & field) { decode(layout, value, field); },
          "a decoder is called with a std::uint64_t and a field, or its type has a decode");
      return Decoder(
          [layout](std::uint64_t value, FieldSink& field) { decode(layout, value, field); });
    }
  }

  Fields fields(std::uint64_t value) const {
    Fields fields;
    FieldSink sink(fields);
    call_(place_, value, sink);
    return fields;
  }

 private:
  template <class Function>
  explicit Decoder(const Function& function) noexcept
      : call_([](const std::byte* place, std::uint64_t value, FieldSink& field) {
          (*reinterpret_cast<const Function*>(place))(value, field);
        }) {
    static_assert(std::is_trivially_copyable_v<Function> && sizeof function <= sizeof place_ &&
                      alignof(Function) <= alignof(std::uint64_t),
                  "a decoder is at most 32 bytes that can be copied as bytes");
    std::memcpy(place_, &function, sizeof function);
  }

  void (*call_)(const std::byte* place, std::uint64_t value, FieldSink& field);
  alignas(std::uint64_t) std::byte place_[32] = {};
};

}  // namespace poolproof
