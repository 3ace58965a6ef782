// The page for people, and traces for Perfetto.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "report.hpp"
#include "report_files.hpp"

namespace poolproof {

namespace {
using Json = nlohmann::ordered_json;
}

// The results stand in the page as JSON in a script element. There '<' is written as JSON's escape
// of it, so that no name can end the element; the page puts names in as text only.
std::string report_page(const Json& report) {
  std::string data;
  for (const char c : report.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      data += "\\u003c";
    } else {
      data += c;
    }
  }
  constexpr std::string_view mark = "{{results}}";
  const std::string_view page = report_page_html;
  const std::size_t at = page.find(mark);
  return fmt::format("{}{}{}", page.substr(0, at), data, page.substr(at + mark.size()));
}

// The format: "Trace Event Format", of the Chromium project. An event takes one microsecond; actors
// are threads of one process.
std::string perfetto_trace(const Json& run) {
  if (!run.value("failure", Json()).is_object()) return {};
  const Json trace = run["failure"].value("trace", Json());
  if (!trace.is_array() || trace.empty()) return {};
  Json events = Json::array();
  std::int64_t most_actor = 0;
  for (const Json& event : trace) {
    if (!event.is_object()) return {};
    std::string name = event.value("operation", event.value("text", std::string("?")));
    if (event.contains("variable"))
      name += fmt::format(" {}", event["variable"].get<std::string>());
    const std::int64_t actor = event.value("actor", std::int64_t{0});
    most_actor = std::max(most_actor, actor);
    events.push_back({{"name", name},
                      {"ph", "X"},
                      {"ts", event.value("event", std::int64_t{0})},
                      {"dur", 1},
                      {"pid", 1},
                      {"tid", actor + 1},
                      {"args", event}});
  }
  for (std::int64_t actor = 0; actor <= most_actor; ++actor) {
    events.push_back({{"name", "thread_name"},
                      {"ph", "M"},
                      {"pid", 1},
                      {"tid", actor + 1},
                      {"args", {{"name", fmt::format("actor {}", actor)}}}});
  }
  const Json all = {{"displayTimeUnit", "ns"}, {"traceEvents", events}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace poolproof
