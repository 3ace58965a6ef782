// What CI systems read: JUnit's XML, and the annotations of GitHub Actions.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "report.hpp"
#include "report_cases.hpp"

namespace poolproof {

namespace {

using Json = nlohmann::ordered_json;

// The length of the UTF-8 character at the start of text, which is not empty; 0: there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i != length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  // Longer than need be; half of a pair of UTF-16; above U+10FFFF.
  const unsigned char second = byte(1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : length;
}

// XML 1.0 has no control characters but three, not even escaped.
std::string escaped_character(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r'
                 ? std::string(1, c)
                 : std::string();
  }
}

// What is no UTF-8 is replaced, as in JSON.
std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      out += "\uFFFD";
    } else if (length == 1) {
      out += escaped_character(text[0]);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string testcase(const ReportCase& one) {
  std::string text =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n",
                  xml("poolproof." + one.engine + "." + one.allocator), xml(one.name), one.seconds);
  if (one.verdict == "FAIL") {
    std::string body = one.explanation();
    if (!one.story.empty()) body += '\n' + one.message;
    text += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", xml(one.oracle),
                        xml(one.explanation()), xml(body));
  } else if (one.verdict != "PASS") {
    text += fmt::format("      <skipped message=\"{}\"/>\n", xml("UNKNOWN: " + one.reason));
  }
  std::string out = one.replay;
  if (!one.next.empty()) out += "next: " + one.next;
  for (const std::string& unseen : one.unseen) {
    out += (out.empty() ? "not seen: " : "\nnot seen: ") + unseen;
  }
  if (!out.empty()) text += fmt::format("      <system-out>{}</system-out>\n", xml(out));
  return text + "    </testcase>\n";
}

// https://docs.github.com/actions: in a message %, CR and LF are escaped; in a property : and ,
// too.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    if (special) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string report_junit(const Json& report) {
  const std::vector<ReportCase> cases = cases_of(report);
  std::string suites;
  double all_seconds = 0;
  std::size_t all_failures = 0;
  std::size_t all_skipped = 0;
  for (std::size_t i = 0; i != cases.size();) {
    std::string tests;
    double seconds = 0;
    std::size_t count = 0;
    std::size_t failures = 0;
    std::size_t skipped = 0;
    const ReportCase& first = cases[i];
    for (; i != cases.size() && cases[i].engine == first.engine &&
           cases[i].allocator == first.allocator;
         ++i) {
      tests += testcase(cases[i]);
      seconds += cases[i].seconds;
      ++count;
      if (cases[i].verdict == "FAIL") ++failures;
      if (cases[i].verdict != "FAIL" && cases[i].verdict != "PASS") ++skipped;
    }
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n{}  </testsuite>\n",
        xml(first.engine + " " + first.allocator), count, failures, skipped, seconds, tests);
    all_seconds += seconds;
    all_failures += failures;
    all_skipped += skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"poolproof\" tests=\"{}\" "
      "failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\">\n{}</testsuites>\n",
      cases.size(), all_failures, all_skipped, all_seconds, suites);
}

std::string github_annotations(const Json& report) {
  std::string text;
  for (const ReportCase& one : cases_of(report)) {
    if (one.verdict != "FAIL") continue;
    const std::string title = fmt::format("{} {} {}", one.engine, one.allocator, one.name);
    std::string message = fmt::format("{}: {}", one.oracle, one.explanation());
    if (!one.replay.empty()) message += "\nagain: " + one.replay;
    text += fmt::format("::error title={}::{}\n", escaped(title, true), escaped(message, false));
  }
  return text;
}

}  // namespace poolproof
