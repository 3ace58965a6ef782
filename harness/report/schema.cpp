#include "schema.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "harness/base/text.hpp"
#include "report_files.hpp"

namespace poolproof {

namespace {

// pattern: an extended regular expression of POSIX, as the patterns of our schema are.
bool matches(const std::string& text, const std::string& pattern) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    throw std::logic_error("the schema has a pattern that is none: " + pattern);
  }
  const bool whole = text.find('\0') == std::string::npos;
  const bool found = whole && regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return found;
}

using Json = nlohmann::ordered_json;

bool is_whole(const Json& value) {
  if (!value.is_number_float()) return value.is_number();
  const double number = value.get<double>();
  return number == std::trunc(number);
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return is_whole(value);
  return type == "number" && value.is_number();
}

// A value in words, short enough for one line.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr std::size_t most = 40;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return one_line(std::move(text));
}

std::string list(const Json& values) {
  std::string text;
  for (const Json& value : values) {
    text +=
        (text.empty() ? "" : ", ") + (value.is_string() ? value.get<std::string>() : shown(value));
  }
  return text;
}

class Validator {
 public:
  explicit Validator(const Json& schema) : root_(schema) {}

  // Each word of the schema by itself; the first fault that one finds.
  std::string fault(const Json& value, const Json& schema, const std::string& place) const {
    for (const auto& [word, rule] : schema.items()) {
      std::string found = by_word(word, value, rule, schema, place);
      if (!found.empty()) return found;
    }
    return {};
  }

 private:
  static std::string at(const std::string& place, const std::string& what) {
    return place.empty() ? what : fmt::format("{}: {}", one_line(place), what);
  }
  static std::string below(const std::string& place, const std::string& key) {
    return place.empty() ? key : place + "/" + key;
  }

  std::string by_word(const std::string& word, const Json& value, const Json& rule,
                      const Json& schema, const std::string& place) const {
    if (word == "$ref") return fault(value, referred(rule), place);
    if (word == "type") return of_type(value, rule, place);
    if (word == "enum" || word == "const") return of_values(value, rule, place);
    if (word == "properties") return of_properties(value, rule, place);
    if (word == "required") return of_required(value, rule, place);
    if (word == "additionalProperties") return of_others(value, schema, place);
    if (word == "dependentRequired") return of_dependents(value, rule, place);
    if (word == "items") return of_items(value, rule, place);
    if (word == "minimum" || word == "maximum") return of_range(word, value, rule, place);
    if (word == "minLength" || word == "pattern") return of_text(word, value, rule, place);
    if (word == "if") return of_condition(value, schema, place);
    if (word == "allOf") return of_all(value, rule, place);
    if (word == "oneOf" || word == "anyOf") return of_any(value, rule, place);
    for (const char* known :
         {"$schema", "$defs", "title", "description", "default", "then", "else"}) {
      if (word == known) return {};
    }
    throw std::logic_error("the schema says '" + word + "'");
  }

  const Json& referred(const Json& reference) const {
    return root_.at(Json::json_pointer(reference.get<std::string>().substr(1)));
  }

  static std::string of_type(const Json& value, const Json& types, const std::string& place) {
    const Json all = types.is_array() ? types : Json::array({types});
    const bool fits = std::any_of(all.begin(), all.end(), [&](const Json& type) {
      return has_type(value, type.get<std::string>());
    });
    return fits ? ""
                : at(place, fmt::format("{} is wanted, not {}",
                                        fmt::join(all.get<std::vector<std::string>>(), " or "),
                                        shown(value)));
  }
  static std::string of_values(const Json& value, const Json& rule, const std::string& place) {
    const Json all = rule.is_array() ? rule : Json::array({rule});
    if (std::find(all.begin(), all.end(), value) != all.end()) return {};
    return at(place, fmt::format("{}{} is wanted, not {}", all.size() > 1 ? "one of " : "",
                                 list(all), shown(value)));
  }
  std::string of_properties(const Json& value, const Json& rules, const std::string& place) const {
    if (!value.is_object()) return {};
    for (const auto& [key, rule] : rules.items()) {
      if (!value.contains(key)) continue;
      std::string found = fault(value.at(key), rule, below(place, key));
      if (!found.empty()) return found;
    }
    return {};
  }
  static std::string of_required(const Json& value, const Json& keys, const std::string& place) {
    if (!value.is_object()) return {};
    for (const Json& key : keys) {
      if (!value.contains(key.get<std::string>())) {
        return at(below(place, key.get<std::string>()), "it is missing");
      }
    }
    return {};
  }
  static std::string of_others(const Json& value, const Json& schema, const std::string& place) {
    if (!value.is_object() || schema.at("additionalProperties") != false) return {};
    for (const auto& item : value.items()) {
      if (!schema.at("properties").contains(item.key())) {
        return at(below(place, item.key()), "there is no such field");
      }
    }
    return {};
  }
  static std::string of_dependents(const Json& value, const Json& rule, const std::string& place) {
    if (!value.is_object()) return {};
    for (const auto& [key, keys] : rule.items()) {
      std::string found = value.contains(key) ? of_required(value, keys, place) : "";
      if (!found.empty()) return found;
    }
    return {};
  }
  std::string of_items(const Json& value, const Json& rule, const std::string& place) const {
    if (!value.is_array()) return {};
    for (std::size_t i = 0; i != value.size(); ++i) {
      std::string found = fault(value[i], rule, below(place, std::to_string(i)));
      if (!found.empty()) return found;
    }
    return {};
  }
  static std::string of_range(const std::string& word, const Json& value, const Json& bound,
                              const std::string& place) {
    if (!value.is_number() || (word == "minimum" ? value >= bound : value <= bound)) return {};
    return at(place, fmt::format("at {} {} is wanted, not {}", word == "minimum" ? "least" : "most",
                                 shown(bound), shown(value)));
  }
  static std::string of_text(const std::string& word, const Json& value, const Json& rule,
                             const std::string& place) {
    if (!value.is_string()) return {};
    const std::string text = value.get<std::string>();
    if (word == "minLength") return text.empty() ? at(place, "it is empty") : "";
    if (matches(text, rule.get<std::string>())) return {};
    return at(place, fmt::format("a text like {} is wanted, not {}", rule.get<std::string>(),
                                 shown(value)));
  }
  std::string of_condition(const Json& value, const Json& schema, const std::string& place) const {
    const char* branch = fault(value, schema.at("if"), place).empty() ? "then" : "else";
    return schema.contains(branch) ? fault(value, schema.at(branch), place) : "";
  }
  std::string of_all(const Json& value, const Json& rules, const std::string& place) const {
    for (const Json& rule : rules) {
      std::string found = fault(value, rule, place);
      if (!found.empty()) return found;
    }
    return {};
  }
  // In report.schema.json no value fits two of oneOf.
  std::string of_any(const Json& value, const Json& rules, const std::string& place) const {
    std::string first;
    for (const Json& rule : rules) {
      std::string found = fault(value, rule, place);
      if (found.empty()) return {};
      // What is wrong within a value says more than that it is of another type.
      if (first.empty() || first.size() < found.size()) first = std::move(found);
    }
    return first;
  }

  const Json& root_;
};

}  // namespace

std::string schema_fault(const Json& value, const Json& schema) {
  return Validator(schema).fault(value, schema, "");
}

std::string report_fault(const Json& report) {
  static const Json schema = Json::parse(report_schema_json);
  return schema_fault(report, schema);
}

}  // namespace poolproof
