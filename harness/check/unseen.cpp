#include "unseen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/subjects/subjects.hpp"

namespace poolproof {

namespace {

using Kind = CheckSearch::Kind;

#ifdef __SANITIZE_THREAD__
constexpr bool under_thread_sanitizer = true;
#else
constexpr bool under_thread_sanitizer = false;
#endif

bool is_seen_as(const std::string& allocator, Sight sight) {
  const Subject* subject = find_subject(allocator);
  return subject != nullptr && subject->sight == sight;
}

bool may_look_far_back(const CheckSearch& search) {
  return search.kind != Kind::preemptions && search.kind != Kind::interleavings;
}

}  // namespace

std::vector<std::string> unseen_by(const RunConfig& config) {
  std::vector<std::string> texts;
  if (is_seen_as(config.allocator, Sight::calls)) {
    texts.emplace_back(
        "what happens within its calls: it is a black box, and no delays are injected there");
  } else if (is_seen_as(config.allocator, Sight::atomics) && !under_thread_sanitizer) {
    texts.emplace_back("races on plain members of code that came through an Atom");
  }
  if (under_thread_sanitizer && !is_seen_as(config.allocator, Sight::all)) {
    texts.emplace_back("what fences order: ThreadSanitizer does not know them");
  }
  texts.emplace_back(
      fmt::format("scopes other than {} x {} x {} (threads, blocks, bytes of a block)",
                  config.threads, config.blocks, config.block_size));
  texts.emplace_back(
      "memory orders weaker than this machine's, and interleavings that did not come up");
  return texts;
}

std::vector<std::string> unseen_by(const CheckConfig& config, const CheckReport& report) {
  std::vector<std::string> texts;
  if (is_seen_as(config.allocator, Sight::atomics)) {
    texts.emplace_back(
        "plain members that are no poolproof::var, mutexes, and fences other than poolproof::fence "
        "and std::atomic_thread_fence, of code that came through an Atom");
  }
  if (is_seen_as(config.allocator, Sight::calls)) {
    texts.emplace_back(
        "what libraries that it calls do to shared memory, and inline assembly, of a black box");
  }
  texts.insert(texts.end(), config.not_asked.begin(), config.not_asked.end());
  const Scope& scope = config.scope;
  if (config.scenario == program_scenario) {
    texts.emplace_back("what this main() does not do, with these arguments");
    texts.emplace_back(
        "races inside the C++ library on locales, paths of std::filesystem, books of "
        "std::pmr::synchronized_pool_resource, and on std::cout and its like");
  } else {
    texts.emplace_back(fmt::format("scopes beyond {} x {} x {} (actors, blocks, rounds)",
                                   scope.actors, scope.blocks, scope.rounds));
  }
  if (report.guessed != 0) {
    texts.emplace_back(
        fmt::format("what comes of a loop that counts its tries and gives up {}",
                    config.search.is_systematic()
                        ? "after more than some ten, while others stand still: searches by chance "
                          "see more of it"
                        : "after more than 400 steps, while others stand still"));
  }
  if (config.memory == Memory::relacy) {
    texts.emplace_back(fmt::format(
        "load buffering, modification orders and seq_cst in another order than that of steps, CAS "
        "that fail at older stores, stores more than {} behind the newest, and release sequences "
        "that C++20 ends, of the C++ memory model",
        may_look_far_back(config.search) ? "two" : "one"));
    return texts;
  }
  texts.emplace_back(fmt::format(
      "load buffering, seq_cst in another order than that of steps, and stores more than "
      "{} behind the newest, of the C++ memory model",
      may_look_far_back(config.search) ? "seven" : "one"));
  return texts;
}

std::string unseen_text(const std::vector<Unseen>& results) {
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;  // a text, and of which
  std::vector<std::string> all;
  const auto add = [](std::vector<std::string>& list, const std::string& one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  };
  for (const auto& [allocator, texts] : results) {
    add(all, allocator);
    for (const std::string& text : texts) {
      const auto known = std::find_if(lines.begin(), lines.end(),
                                      [&](const auto& line) { return line.first == text; });
      if (known == lines.end()) {
        lines.push_back({text, {allocator}});
      } else {
        add(known->second, allocator);
      }
    }
  }
  std::string out;
  for (const auto& [text, allocators] : lines) {
    const bool of_all = allocators.size() == all.size();
    out += fmt::format("not seen{}: {}\n",
                       of_all ? "" : fmt::format(", of {}", fmt::join(allocators, ", ")), text);
  }
  return out;
}

}  // namespace poolproof
