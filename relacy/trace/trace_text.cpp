#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/text.hpp"
#include "trace.hpp"
#include "trace_words.hpp"

namespace poolproof {

namespace {

using Kind = TraceEvent::Kind;

constexpr unsigned gap = 2;  // between the parts of a line

std::string padded(std::string_view text, std::size_t width) {
  return fmt::format("{:<{}}", text, width);
}

// A line: number, mark, the words of the actor's column, then order and place at the right edge.
// The words may run on into the columns to the right, where nobody else says anything.
class Page {
 public:
  Page(const Trace& trace, unsigned actors, const TraceLook& look)
      : trace_(trace), actors_(std::max(1U, actors)), colour_(look.colour), width_(look.width) {
    find_common_file();
    for (const TraceEvent& event : trace.events) {
      mark_width_ = std::max(mark_width_, mark_of(event).size());
      number_width_ = std::max(number_width_, std::to_string(event.number).size());
    }
    step_ = column_step();
  }

  std::string text() const {
    std::string text;
    for (const std::string& line : wrapped(trace_.story, width_)) text += line + '\n';
    if (const std::string lines = sources(); !lines.empty()) text += '\n' + lines;
    text += '\n';
    for (const std::string& line : wrapped(trace_.setting, width_)) {
      if (!line.empty()) text += line + "\n";
    }
    text += header();
    unsigned number = 0;
    for (const TraceEvent& event : trace_.events) {
      text += left_out(number, event.number);
      number = event.number;
      text += event_lines(event);
    }
    if (trace_.implied) text += "Not shown: reads in calls that no other actor interrupted.\n";
    return text;
  }

 private:
  static constexpr std::size_t least_step = 12;
  static constexpr std::size_t most_step = 16;   // of three actors or more
  static constexpr std::size_t least_room = 20;  // for words
  static constexpr std::size_t order_width = 7;
  static constexpr std::size_t most_sources = 4;

  // Most events lie in one file, which is said once, in the header.
  void find_common_file() {
    std::map<std::string, unsigned> files;
    for (const TraceEvent& event : trace_.events) {
      if (!event.file.empty()) ++files[event.file];
    }
    const auto most =
        std::max_element(files.begin(), files.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != files.end()) common_file_ = most->first;
  }

  std::size_t start() const {
    return number_width_ + gap + (mark_width_ == 0 ? 0 : mark_width_ + gap);
  }
  // The failure is everybody's.
  static std::size_t column(const TraceEvent& event) {
    return event.kind == Kind::fail ? 0 : event.actor;
  }
  std::size_t indent(const TraceEvent& event) const { return step_ * column(event); }

  std::string place(const TraceEvent& event) const {
    if (event.file.empty() || event.kind == Kind::fail) return {};
    if (event.file == common_file_) return fmt::format(":{}", event.line);
    return fmt::format("{}:{}", event.file.substr(0, event.file.rfind('.')), event.line);
  }
  std::string right(const TraceEvent& event) const {
    const std::string where = place(event);
    if (event.order.empty() && where.empty()) return {};
    return fmt::format("{:<{}} {:>4}", event.order, order_width, where);
  }
  // The line of each event that is marked, and of the load that one of these would not repeat.
  std::string sources() const {
    std::set<unsigned> wanted;
    for (const TraceEvent& event : trace_.events) {
      if (mark_of(event).empty() || event.harmless) continue;
      wanted.insert(event.number);
      if (event.outdated != 0) wanted.insert(event.outdated);
    }
    std::string text;
    std::set<std::string> said;
    for (const TraceEvent& event : trace_.events) {
      if (event.source.empty() || !wanted.contains(event.number)) continue;
      // The oracle's own line says nothing, unless it is an assert beside the rest.
      if (event.kind == Kind::fail && event.file != common_file_) continue;
      const std::string where =
          event.kind == Kind::fail ? fmt::format(":{}", event.line) : place(event);
      if (said.size() == most_sources || !said.insert(where).second) continue;
      const std::string start =
          fmt::format("event {:>{}}  {}  ", event.number, number_width_, where);
      text += start + event.source.substr(0, width_ - std::min(width_, start.size())) + '\n';
    }
    return text;
  }
  // For the words of event, from the first actor's column on.
  std::size_t room(const TraceEvent& event) const {
    const std::string margin = right(event);
    return width_ - start() - (margin.empty() ? 0 : margin.size() + gap);
  }

  // As wide as can be with every event on one line, but for those that would need it too narrow.
  std::size_t column_step() const {
    std::size_t step = std::min((width_ - start()) / actors_, actors_ > 2 ? most_step : width_);
    for (const TraceEvent& event : trace_.events) {
      const std::size_t length = event_words(event).size();
      if (column(event) == 0 || length > room(event)) continue;
      const std::size_t needed = (room(event) - length) / column(event);
      if (needed >= least_step) step = std::min(step, needed);
    }
    return step;
  }

  std::string header() const {
    std::string text = padded("", start());
    for (unsigned i = 0; i != actors_; ++i) text += padded(fmt::format("actor {}", i), step_);
    text.resize(std::min(text.find_last_not_of(' ') + 1, text.size()));
    if (common_file_.empty()) return text + '\n';
    const std::string where = common_file_ + ':';
    if (text.size() + gap + where.size() > width_)
      return fmt::format("{:>{}}\n", where, width_) + text + '\n';
    return text + fmt::format("{:>{}}\n", where, width_ - text.size());
  }

  static std::string left_out(unsigned last, unsigned next) {
    if (next <= last + 1) return {};
    const unsigned count = next - last - 1;
    return fmt::format("... {} event{} left out\n", count, count == 1 ? "" : "s");
  }

  std::string event_lines(const TraceEvent& event) const {
    const std::string mark = mark_of(event);
    std::string text = fmt::format("{:>{}}{:{}}", event.number, number_width_, "", gap);
    if (mark_width_ != 0) {
      text += coloured(mark, mark_colour(event)) + padded("", mark_width_ - mark.size() + gap);
    }
    // Where the columns leave too little room, the margin gets a line of its own.
    const bool narrow = room(event) < indent(event) + least_room;
    const std::size_t space = (narrow ? width_ - start() : room(event)) - indent(event);
    const std::vector<std::string> lines = wrapped(event_words(event), space, gap);
    text += guides(column(event)) + coloured(lines[0], mark.empty() ? "" : mark_colour(event));
    const std::string margin = right(event);
    if (!narrow && !margin.empty()) {
      text += padded("", width_ - start() - indent(event) - lines[0].size() - margin.size()) +
              coloured(margin, "2");
    }
    text += '\n';
    for (std::size_t i = 1; i != lines.size(); ++i) {
      text += padded("", start()) + guides(column(event)) + lines[i] + '\n';
    }
    if (narrow && !margin.empty())
      text += coloured(fmt::format("{:>{}}", margin, width_), "2") + '\n';
    return text;
  }

  std::string guides(std::size_t actor) const {
    std::string text;
    for (std::size_t i = 0; i != actor; ++i) text += coloured("|", "2") + padded("", step_ - 1);
    return text;
  }

  static const char* mark_colour(const TraceEvent& event) {
    const bool grave = event.kind == Kind::fail || event.race || (event.aba && !event.harmless);
    return grave ? "1;31" : "33";
  }
  std::string coloured(std::string_view text, std::string_view code) const {
    if (!colour_ || code.empty() || text.empty()) return std::string(text);
    return fmt::format("\033[{}m{}\033[0m", code, text);
  }

  const Trace& trace_;
  const std::size_t actors_;
  const bool colour_;
  const std::size_t width_;
  std::string common_file_;
  std::size_t mark_width_ = 0;
  std::size_t number_width_ = 2;
  std::size_t step_ = least_step;
};

}  // namespace

std::string trace_text(const Trace& trace, unsigned actors, const TraceLook& look) {
  return Page(trace, actors, look).text();
}

}  // namespace poolproof
