#include "listed_operations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "relacy/unchanged/program_orders.hpp"
#include "relacy/unchanged/symbols/program_places.hpp"
#include "relacy/unchanged/symbols/program_types.hpp"

namespace poolproof {

namespace {

using Order = std::memory_order;
// The registers that hold a constant: a call takes its orders from them.
using Constants = std::map<std::string, unsigned, std::less<>>;

struct Listed {
  const void* code = nullptr;   // behind the call
  std::uintptr_t function = 0;  // that it stands in, as linked
  std::string_view operation;
  std::optional<Order> order;
  std::optional<Order> failure;  // of a CAS
};

// Returns the operation that a function of this name does; empty: it does no atomic operation.
std::string_view operation_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> names = {
      {{"compare_exchange", "CAS"},
       {"fetch_nand", "fetch_nand"},
       {"fetch_add", "fetch_add"},
       {"fetch_sub", "fetch_sub"},
       {"fetch_and", "fetch_and"},
       {"fetch_or", "fetch_or"},
       {"fetch_xor", "fetch_xor"},
       {"test_and_set", "exchange"},
       {"exchange", "exchange"},
       {"load", "load"},
       {"store", "store"},
       {"clear", "store"},
       {"test", "load"},
       {"thread_fence", "fence"}}};
  for (const auto& [begin, operation] : names) {
    if (name.starts_with(begin)) return operation;
  }
  return {};
}

struct Called {
  std::string_view operation;
  bool is_wide = false;  // values of 16 bytes take two registers
};

// name: "__tsan_atomic32_load@plt", "__atomic_load_16@plt", "std::atomic<bool>::load(...) const".
Called called_by(std::string_view name) {
  if (name.starts_with("__tsan_atomic")) {
    const std::string_view rest = name.substr(sizeof "__tsan_atomic" - 1);
    return {operation_of(rest.substr(rest.find('_') + 1)), rest.starts_with("128")};
  }
  if (name.starts_with("__atomic_")) {
    if (name.find("_16") == std::string_view::npos) return {};
    return {operation_of(name.substr(sizeof "__atomic_" - 1)), true};
  }
  if (!name.starts_with("std::atomic") && !name.starts_with("std::__atomic")) return {};
  const std::size_t member = name.rfind("::", name.find('('));
  return {operation_of(name.substr(member + 2)), false};
}

std::optional<Order> order_in(const Constants& constants, std::string_view name) {
  const auto found = constants.find(name);
  if (found == constants.end()) return std::nullopt;
  return static_cast<Order>(found->second & 7);
}

Listed listed(const Called& called, const Constants& constants) {
  const auto in = [&](std::string_view narrow, std::string_view wide) {
    return order_in(constants, called.is_wide ? wide : narrow);
  };
  Listed one;
  one.operation = called.operation;
  if (one.operation == "fence") {
    one.order = in("edi", "edi");
  } else if (one.operation == "load") {
    one.order = in("esi", "esi");
  } else if (one.operation == "CAS") {
    one.order = in("ecx", "r8d");
    one.failure = in("r8d", "r9d");
  } else {
    one.order = in("edx", "ecx");
  }
  return one;
}

// "mov    $0x5,%esi", "xor    %esi,%esi"
void note_constant(std::string_view instruction, Constants& constants) {
  const std::size_t last = instruction.rfind('%');
  if (last == std::string_view::npos) return;
  const std::string target(instruction.substr(last + 1));
  if (instruction.starts_with("mov ") && instruction.find("$0x") != std::string_view::npos) {
    const char* const digits = instruction.data() + instruction.find("$0x") + 3;
    unsigned value = 0;
    std::from_chars(digits, instruction.data() + instruction.size(), value, 16);
    constants[target] = value;
  } else if (instruction.starts_with("xor ") &&
             instruction.find('%' + target + ",%") != std::string_view::npos) {
    constants[target] = 0;
  } else {
    constants.erase(target);
  }
}

std::uintptr_t number_in(std::string_view digits) {
  std::uintptr_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

// Which function of the program calls or names which others, as linked.
class CallGraph {
 public:
  // A line of objdump that begins a function: "0000000000001139 <main>:". Returns where that is.
  std::uintptr_t begin(std::string_view line) {
    if (line.ends_with(">:") || line.ends_with(">:\n")) current_ = number_in(line);
    return current_;
  }
  // "call   1149 <take()>", "jne    1149 <take() [clone .cold]>", "lea 0x5(%rip),%rdi # 1149
  // <take()>"
  void note(std::string_view instruction) {
    const std::size_t name = instruction.find(" <");
    if (name == std::string_view::npos || name == 0) return;
    const std::size_t digits = instruction.rfind(' ', name - 1) + 1;
    calls_[current_].insert(number_in(instruction.substr(digits, name - digits)));
  }
  std::set<std::uintptr_t> reached_from(std::vector<std::uintptr_t> open) const {
    std::set<std::uintptr_t> reached;
    while (!open.empty()) {
      const std::uintptr_t function = open.back();
      open.pop_back();
      const auto calls = calls_.find(function);
      if (!reached.insert(function).second || calls == calls_.end()) continue;
      open.insert(open.end(), calls->second.begin(), calls->second.end());
    }
    return reached;
  }

 private:
  std::uintptr_t current_ = 0;
  std::map<std::uintptr_t, std::set<std::uintptr_t>> calls_;
};

std::vector<Listed> list(std::uintptr_t base, CallGraph& graph) {
  std::vector<Listed> all;
  Constants constants;
  std::uintptr_t function = 0;
  bool wants_code = false;  // of the instruction behind the call
  each_line("objdump -d -C --no-show-raw-insn " + quoted_program(), [&](std::string_view line) {
    const std::size_t tab = line.find(":\t");
    if (tab == std::string_view::npos) {
      function = graph.begin(line);
      constants.clear();
      return;
    }
    std::uintptr_t at = 0;
    const std::size_t digits = line.find_first_not_of(' ');
    std::from_chars(line.data() + digits, line.data() + tab, at, 16);
    if (wants_code) all.back().code = reinterpret_cast<const void*>(at + base);
    wants_code = false;
    const std::string_view instruction = line.substr(tab + 2);
    graph.note(instruction);
    if (!instruction.starts_with("call")) return note_constant(instruction, constants);
    const std::size_t name = instruction.find('<');
    if (name != std::string_view::npos) {
      const Called called = called_by(instruction.substr(name + 1));
      wants_code = !called.operation.empty();
      if (wants_code) {
        all.push_back(listed(called, constants));
        all.back().function = function;
      }
    }
    constants.clear();
  });
  std::erase_if(all, [](const Listed& one) { return one.code == nullptr; });
  return all;
}

SourceOrder source_order(const SourcePlace& place, const Listed& one, bool on_failure) {
  SourceOrder source;
  source.place = {place.file, place.line, operation_column(one.operation, *one.order), on_failure};
  source.operation = on_failure ? "CAS failure" : std::string(one.operation);
  source.written = on_failure ? *one.failure : *one.order;
  return source;
}

}  // namespace

std::vector<SourceOrder> listed_operations(std::uintptr_t base,
                                           const std::vector<const void*>& from) {
  CallGraph graph;
  std::vector<Listed> listed = list(base, graph);
  if (!from.empty()) {
    std::vector<std::uintptr_t> roots;
    for (const void* function : from) {
      if (function != nullptr) roots.push_back(reinterpret_cast<std::uintptr_t>(function) - base);
    }
    const std::set<std::uintptr_t> reached = graph.reached_from(std::move(roots));
    std::erase_if(listed, [&](const Listed& one) { return !reached.contains(one.function); });
  }
  ProgramPlaces places(base);
  std::vector<const void*> code;
  code.reserve(listed.size());
  for (const Listed& one : listed) code.push_back(one.code);
  places.look_up(code);
  std::vector<SourceOrder> all;
  const auto add = [&all](SourceOrder order) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const SourceOrder& other) {
      return other.place == order.place;
    });
    if (known == all.end()) all.push_back(std::move(order));
  };
  for (const Listed& one : listed) {
    const SourcePlace& place = places.known(one.code);
    if (place.file.empty() || place.library || !one.order) continue;
    add(source_order(place, one, false));
    if (one.failure) add(source_order(place, one, true));
  }
  return all;
}

}  // namespace poolproof
