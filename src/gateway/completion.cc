// Completion for shells, from the tables of verbs and options.

#include "gateway/terminal.h"
#include "gateway/verb.h"

namespace omni::gateway {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::vector<std::string_view> flags() {
  std::vector<std::string_view> all{"--help", "--version"};
  for (const Option& option : options()) {
    if (!option.flag.empty()) all.push_back(option.flag);
  }
  return all;
}

/// Help for a line of zsh or fish, in single quotes.
std::string quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted.append("'\\''");
    } else {
      quoted += c;
    }
  }
  return quoted += "'";
}

std::string bash() {
  std::string names;
  std::string cases;
  for (const Verb& verb : verbs()) {
    names.append(names.empty() ? "" : " ").append(verb.name);
    std::vector<std::string_view> words = verb.words;
    words.insert(words.end(), verb.switches.begin(), verb.switches.end());
    words.insert(words.end(), verb.values.begin(), verb.values.end());
    cases.append("    ").append(verb.name).append(") words=\"");
    cases.append(joined(words)).append("\" ;;\n");
  }
  return "_omniroute() {\n"
         "  local words\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "  esac\n"
         "  [ \"$COMP_CWORD\" = 1 ] && words=\"" +
         names +
         "\"\n"
         "  COMPREPLY=($(compgen -o default -W \"$words " +
         joined(flags()) +
         "\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _omniroute omniroute\n";
}

std::string zsh() {
  std::string names;
  std::string cases;
  for (const Verb& verb : verbs()) {
    names.append("    ").append(quoted(std::string(verb.name) + ":" + std::string(verb.summary)));
    names.append("\n");
    std::vector<std::string_view> words = verb.words;
    words.insert(words.end(), verb.switches.begin(), verb.switches.end());
    words.insert(words.end(), verb.values.begin(), verb.values.end());
    cases.append("    ").append(verb.name).append(") compadd -- ");
    cases.append(joined(words)).append(" ;;\n");
  }
  return "#compdef omniroute\n"
         "_omniroute() {\n"
         "  local -a verbs=(\n" +
         names +
         "  )\n"
         "  (( CURRENT == 2 )) && _describe command verbs\n"
         "  (( CURRENT > 2 )) && case \"${words[2]}\" in\n" +
         cases +
         "  esac\n"
         "  compadd -- " +
         joined(flags()) +
         "\n"
         "  _files\n"
         "}\n"
         "compdef _omniroute omniroute\n";
}

std::string fish() {
  std::string text = "complete -c omniroute -l help\ncomplete -c omniroute -l version\n";
  for (const Option& option : options()) {
    if (option.flag.empty()) continue;
    text.append("complete -c omniroute -l ").append(option.flag.substr(2));
    text.append(option.value.empty() ? "" : " -r").append(" -d ").append(quoted(option.help));
    text.append("\n");
  }
  for (const Verb& verb : verbs()) {
    text.append("complete -c omniroute -n __fish_use_subcommand -a ").append(verb.name);
    text.append(" -d ").append(quoted(verb.summary)).append("\n");
    const std::string within = " -n '__fish_seen_subcommand_from " + std::string(verb.name) + "'";
    if (!verb.words.empty()) {
      text.append("complete -c omniroute").append(within).append(" -a ");
      text.append(quoted(joined(verb.words))).append("\n");
    }
    for (const std::string_view flag : verb.switches) {
      text.append("complete -c omniroute").append(within).append(" -l ");
      text.append(flag.substr(2)).append("\n");
    }
    for (const std::string_view flag : verb.values) {
      text.append("complete -c omniroute").append(within).append(" -l ");
      text.append(flag.substr(2)).append(" -r\n");
    }
  }
  return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return bash();
  return shell == "zsh" ? zsh() : fish();
}

int complete(const Invocation& invocation) {
  print(completion_script(invocation.operand(0)));
  return succeeded;
}

}  // namespace omni::gateway
