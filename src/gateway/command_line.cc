#include "gateway/command_line.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "base/strings.h"
#include "gateway/terminal.h"
#include "gateway/verb.h"

namespace omni::gateway {
namespace {

/// The words of a command line, by what they are to the verb.
struct Words {
  std::vector<std::string> flags;  // of `options()`, with their values
  std::vector<std::string> switches, operands;
  std::map<std::string, std::string, std::less<>> values;  // of the verb's own flags
};

/// Null for a word that is none.
const Option* find_flag(std::string_view word) {
  const std::string_view name = cut(word, '=');
  const auto found = std::ranges::find_if(options(), [name](const Option& option) {
    return !option.flag.empty() && option.flag == name;
  });
  return found == options().end() ? nullptr : &*found;
}

bool takes_the_next_word(std::string_view flag) {
  const Option* const option = find_flag(flag);
  return option != nullptr && option->flag == flag && !option->value.empty();
}

bool is_operand(const Verb& verb, std::string_view word, std::size_t place) {
  if (!word.starts_with('-') || word == "-") return true;
  return place >= verb.first_of_any_form && find_flag(word) == nullptr;
}

/// Takes `--flag value` and `--flag=value` of the verb's own flags; false for any other word.
bool take_value(const Verb& verb, std::span<const std::string> arguments, std::size_t& i,
                Words& words) {
  std::string_view rest = arguments[i];
  const bool joined = rest.find('=') != std::string_view::npos;
  const std::string flag(cut(rest, '='));
  if (std::ranges::find(verb.values, flag) == verb.values.end()) return false;
  if (!joined && i + 1 < arguments.size()) rest = arguments[++i];
  words.values[flag] = rest;
  return true;
}

Words split(const Verb& verb, std::span<const std::string> arguments) {
  Words words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (take_value(verb, arguments, i, words)) continue;
    if (std::ranges::find(verb.switches, word) != verb.switches.end()) {
      words.switches.push_back(word);
    } else if (is_operand(verb, word, words.operands.size())) {
      words.operands.push_back(word);
    } else {
      words.flags.push_back(word);
      if (takes_the_next_word(word) && i + 1 < arguments.size()) {
        words.flags.push_back(arguments[++i]);
      }
    }
  }
  return words;
}

Status check_operands(const Verb& verb, const std::vector<std::string>& operands) {
  if (operands.size() > verb.operands_max) {
    const std::string& word = operands[verb.operands_max];
    const bool late = std::ranges::find(verbs(), word, &Verb::name) != verbs().end();
    return Error(Error::Kind::bad_request,
                 late ? "the command comes before all flags: omniroute " + word + " ..."
                      : "unexpected argument " + word);
  }
  const bool known = verb.words.empty() || operands.empty() ||
                     std::ranges::find(verb.words, operands.front()) != verb.words.end();
  if (operands.size() < verb.operands_min || !known) {
    std::string usage("usage: omniroute ");
    return Error(Error::Kind::bad_request,
                 usage.append(verb.name).append(" ").append(verb.operands));
  }
  return Nothing{};
}

Result<Config> configure(std::vector<std::string> flags, const Environment& environment,
                         std::vector<std::string>& warnings) {
  Inputs inputs{std::move(flags), environment, {}};
  Result<EnvFile> file = EnvFile::read_first_of(env_file_places(inputs));
  if (!file) return file.error();
  inputs.env_file = *std::move(file);
  return read_config(inputs, warnings);
}

/// Two columns; a left side that is too long has a line of its own.
void append_row(std::string& text, std::string left, std::string_view right) {
  constexpr std::size_t column = 34;
  if (left.size() >= column) {
    text.append(left).append("\n");
    left.clear();
  }
  left.resize(column, ' ');
  text.append(left).append(right);
}

std::string left_side(std::string_view name, std::string_view joint, std::string_view value) {
  std::string left = "  ";
  left.append(name);
  if (!value.empty()) left.append(joint).append(value);
  return left;
}

void append_option(std::string& text, const Option& option) {
  const bool flag = !option.flag.empty();
  append_row(text,
             flag ? left_side(option.flag, " ", option.value)
                  : left_side(option.variable, "=", option.value),
             option.help);
  if (flag && !option.variable.empty()) text.append(" [").append(option.variable).append("]");
  text.append("\n");
}

}  // namespace

std::string help_text() {
  std::string text =
      "Usage: omniroute [<command>] [flags]\n"
      "       omniroute [help] <command> [--help] | --version\n\n"
      "An AI gateway: takes requests in the dialect of the client, sends each to a provider that\n"
      "can answer, and answers in the client's dialect.\n"
      "SIGTERM and SIGINT let running requests end, a second one does not wait; SIGHUP reads the\n"
      "TLS certificate again.  Exit status: 0 done, 1 failed, 2 bad flag, variable or file.\n\n"
      "Commands, of which all but serve, reset-password, rekey, mock, doctor and selftest speak\n"
      "to a running gateway by the socket file in the data directory:\n";
  for (const Verb& verb : verbs()) {
    append_row(text, left_side(verb.name, " ", verb.operands), verb.summary);
    text.append("\n");
  }
  text.append("\nFlags and variables, also in a file .env:\n");
  for (const Option& option : options()) append_option(text, option);
  return text;
}

std::string help_text(std::span<const std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") arguments = arguments.subspan(1);
  if (arguments.empty()) return help_text();
  const auto verb = std::ranges::find(verbs(), arguments.front(), &Verb::name);
  if (verb == verbs().end()) return help_text();
  std::string text("Usage: omniroute ");
  text.append(verb->name).append(verb->operands.empty() ? "" : " ").append(verb->operands);
  text.append(" [flags]\n\n  ");
  text.append(verb->summary).append("\n\nFlags of all commands:\n");
  for (const Option& option : options()) {
    if (!option.flag.empty()) append_option(text, option);
  }
  return text.append("\nVariables: omniroute --help\n");
}

int run(const std::vector<std::string>& arguments, const Environment& environment) {
  const auto asks = [&](std::string_view flag, std::string_view letter) {
    return std::ranges::find(arguments, flag) != arguments.end() ||
           std::ranges::find(arguments, letter) != arguments.end();
  };
  const bool by_word = !arguments.empty() && arguments.front() == "help";
  if (by_word || asks("--help", "-h")) return print(help_text(arguments)), succeeded;
  if (asks("--version", "-v")) return print("omniroute " OMNI_VERSION "\n"), succeeded;
  const bool named = !arguments.empty() && !arguments.front().starts_with('-');
  const std::string name = named ? arguments.front() : "serve";
  const auto verb = std::ranges::find(verbs(), name, &Verb::name);
  if (verb == verbs().end()) return complain("unknown command " + name, misused);
  Words words = split(*verb, std::span(arguments).subspan(named ? 1 : 0));
  if (Status fit = check_operands(*verb, words.operands); !fit) return complain(fit.error());
  for (const auto& [flag, value] : words.values) {
    if (value.empty()) return complain(flag + " needs a value", misused);
  }
  std::vector<std::string> warnings;
  const Result<Config> config = configure(std::move(words.flags), environment, warnings);
  if (!config) return complain(config.error());
  ::umask(077);  // whatever we write is the owner's alone
  return verb->run({*config, std::move(words.operands), std::move(words.switches),
                    std::move(words.values), warnings});
}

}  // namespace omni::gateway
