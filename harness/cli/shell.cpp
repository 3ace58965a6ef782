#include "shell.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "harness/base/text.hpp"
#include "harness/subjects/subjects.hpp"

namespace poolproof {

namespace {

using Options = std::vector<const CLI::Option*>;

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}
Options options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option*) { return true; });
}

bool is_positional(const CLI::Option& option) { return option.get_positional(); }

// "-a", "--allocator".
std::vector<std::string> flags_of(const CLI::Option& option) {
  std::vector<std::string> flags;
  for (const std::string& name : option.get_snames()) flags.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) flags.push_back("--" + name);
  return flags;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() != 0; }

bool takes_file(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.find("FILE") != std::string::npos || type.find("DIR") != std::string::npos;
}

// The literal words that may follow an option, without those that stand for a number.
std::vector<std::string> values_of(const CLI::Option& option) {
  std::vector<std::string> values;
  if (option.check_sname("a")) {
    for (const Subject* subject : subjects()) values.emplace_back(subject->name);
  } else if (option.check_sname("s")) {
    for (const ScenarioInfo& info : scenarios()) values.emplace_back(info.name);
  } else {
    const std::string type = option.get_type_name();
    std::string_view rest = type;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
      const bool literal = std::all_of(word.begin(), word.end(),
                                       [](unsigned char c) { return std::islower(c) != 0; });
      if (literal) values.emplace_back(word);
    }
  }
  return values;
}

// One branch of case $verb:$previous for each option that takes a value.
std::string value_cases(const CLI::App& app, const char* offer, const char* files) {
  std::string text;
  for (const CLI::App* verb : verbs_of(app)) {
    for (const CLI::Option* option : options_of(*verb)) {
      if (is_positional(*option) || !takes_value(*option)) continue;
      std::vector<std::string> patterns;
      for (const std::string& flag : flags_of(*option)) {
        patterns.push_back(verb->get_name() + ":" + flag);
      }
      const std::string what =
          takes_file(*option) ? std::string(files)
                              : fmt::format(fmt::runtime(offer), joined(values_of(*option), " "));
      text += fmt::format("    {}) {} ;;\n", joined(patterns, "|"), what);
    }
  }
  return text;
}

// One branch for each verb, with its options.
std::string option_cases(const CLI::App& app, const char* offer) {
  std::string text;
  for (const CLI::App* verb : verbs_of(app)) {
    std::vector<std::string> words;
    for (const CLI::Option* option : options_of(*verb)) {
      for (const std::string& flag : flags_of(*option)) words.push_back(flag);
    }
    text += fmt::format("    {}:*) {} ;;\n", verb->get_name(),
                        fmt::format(fmt::runtime(offer), joined(words, " ")));
  }
  return text;
}

std::string verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : verbs_of(app)) names.push_back(verb->get_name());
  names.insert(names.end(), {"--help", "--version"});
  return joined(names, " ");
}

std::string function_name(const CLI::App& app) {
  std::string name = "_" + app.get_name();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

// Text for roff: no line begins with a control character, and no dash is a hyphen.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    if (c == '-') {
      out += "\\-";
    } else if (c == '\\') {
      out += "\\e";
    } else {
      out += c;
    }
  }
  return out;
}

std::string roff_option(const CLI::Option& option) {
  std::string head = is_positional(option) ? roff(option.get_name(true)) : std::string();
  for (const std::string& flag : flags_of(option)) {
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff(flag));
  }
  if (takes_value(option) && !option.get_type_name().empty()) {
    head += fmt::format(" \\fI{}\\fR", roff(option.get_type_name()));
  }
  const std::string usual = option.get_default_str();
  return fmt::format(".TP\n{}\n{}{}\n", head, roff(option.get_description()),
                     usual.empty() ? "" : fmt::format(" (default: {})", roff(usual)));
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  return fmt::format(
      "# bash completion for {0}, as '{0} completion bash' prints it.\n"
      "{1}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
      "  local words= files=\n"
      "  ((COMP_CWORD == 1)) && previous=\n"
      "  case ${{COMP_WORDS[1]}}:$previous in\n"
      "    *:) words='{2}' ;;\n{3}{4}"
      "  esac\n"
      "  if [[ $files ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "  fi\n"
      "}}\n"
      "complete -F {1} {0}\n",
      app.get_name(), function_name(app), verb_names(app),
      value_cases(app, "words='{}'", "files=1"), option_cases(app, "words='{}'"));
}

std::string zsh_completion(const CLI::App& app) {
  return fmt::format(
      "#compdef {0}\n"
      "# zsh completion for {0}, as '{0} completion zsh' prints it.\n"
      "{1}() {{\n"
      "  local previous=${{words[CURRENT-1]}}\n"
      "  ((CURRENT == 2)) && previous=\n"
      "  case ${{words[2]}}:$previous in\n"
      "    *:) compadd -- {2} ;;\n{3}{4}"
      "  esac\n"
      "}}\n"
      "compdef {1} {0}\n"
      // If zsh finds the file in $fpath, the file is the body of the function, which is called at
      // once.
      "if [[ ${{funcstack[1]}} == {1} ]]; then {1}; fi\n",
      app.get_name(), function_name(app), verb_names(app),
      value_cases(app, "compadd -- {}", "_files"), option_cases(app, "compadd -- {}"));
}

std::string man_page(const CLI::App& app) {
  std::string text = fmt::format(
      ".TH {} 1 \"\" \"poolproof {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", app.get_name(),
      POOLPROOF_VERSION, roff(app.get_name()), roff(app.get_description()));
  for (const CLI::App* verb : verbs_of(app)) {
    text += fmt::format(".B {} {}\n[options]\n.br\n", roff(app.get_name()), verb->get_name());
  }
  for (const CLI::App* verb : verbs_of(app)) {
    text += fmt::format(".SH {}\n{}.\n", verb->get_name(), roff(verb->get_description()));
    for (const CLI::Option* option : options_of(*verb)) text += roff_option(*option);
    if (!verb->get_footer().empty()) {
      text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(verb->get_footer()));
    }
  }
  return text;
}

}  // namespace poolproof
