// Finds functions without a compiler: it follows braces and parentheses, enters namespaces and
// classes, and takes whatever else has parentheses before its brace or semicolon for a function.

#include "tidy/functions.h"

#include <cctype>
#include <regex>

namespace omni::tidy {
namespace {

constexpr std::size_t function_lines_max = 70;
constexpr std::size_t parameters_max = 5;

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// How deep one is in brackets of any kind; `->` and operators count for nothing.
class Depth {
 public:
  void pass(char c) {
    if (c == '(' || c == '[' || c == '{' || c == '<') ++depth_;
    if (c == ')' || c == ']' || c == '}' || (c == '>' && last_ != '-')) --depth_;
    last_ = c;
  }
  bool outside() const { return depth_ == 0; }

 private:
  int depth_ = 0;
  char last_ = ' ';
};

std::string without_template(std::string head) {
  while (head.starts_with("template")) {
    Depth depth;
    std::size_t at = head.find('<');
    if (at == std::string::npos) break;
    do {
      depth.pass(head[at++]);
    } while (at < head.size() && !depth.outside());
    while (at < head.size() && is_blank(head[at])) ++at;
    head.erase(0, at);
  }
  return head;
}

/// Attributes, operators and template parameters out of the way, so that the first parenthesis
/// opens the parameters.
std::string plain(std::string_view head) {
  static const std::regex attributes(R"(\[\[[^\]]*\]\]|alignas\([^)]*\))");
  static const std::regex operators(R"(operator\s*(\(\s*\)|[^\s\w(]+))");
  std::string text = std::regex_replace(std::string(head), attributes, "");
  text = std::regex_replace(text, operators, "operator_");
  return without_template(text.substr(std::min(text.find_first_not_of(" \n"), text.size())));
}

/// The parenthesis that opens the parameters, or npos where there is no function.
std::size_t opening(std::string_view text) {
  Depth depth;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (depth.outside() && text[i] == '(') return i;
    if (depth.outside() && text[i] == '=') break;
    depth.pass(text[i]);
  }
  return std::string_view::npos;
}

bool opens_scope(std::string_view head) {
  static const std::regex scope(
      R"(^(inline\s+|export\s+)*(namespace|class|struct|union|extern)\b)");
  const std::string text = plain(head);
  return std::regex_search(text, scope) && opening(text) == std::string::npos;
}

class Finder {
 public:
  std::vector<Function> find(std::string_view code) {
    for (const char c : code) {
      if (body_depth_ > 0) {
        in_body(c);
      } else {
        outside(c);
      }
      if (c == '\n') ++line_;
    }
    settle();
    return std::move(found_);
  }

 private:
  void in_body(char c) {
    if (c == '{') ++body_depth_;
    if (c == '}' && --body_depth_ == 0) {
      body_ended_ = true;
      last_line_ = line_;
    }
  }

  void outside(char c) {
    if (body_ended_) {
      if (is_blank(c)) return;
      if (c == ',' || c == '{') {
        head_ += "{}";  // not the body but one member's initialiser
        body_ended_ = false;
      } else {
        settle();
      }
    }
    if (parens_ > 0 || c == '(' || c == ')') {
      parens_ += c == '(' ? 1 : c == ')' ? -1 : 0;
      append(c);
    } else if (c == '{') {
      if (opens_scope(head_)) {
        head_.clear();
      } else {
        body_depth_ = 1;
      }
    } else if (c == '}') {
      head_.clear();
    } else if (c == ';') {
      last_line_ = line_;
      emit();
    } else {
      append(c);
      if (head_ == "public:" || head_ == "private:" || head_ == "protected:") head_.clear();
    }
  }

  void append(char c) {
    if (head_.empty()) {
      if (is_blank(c)) return;
      first_line_ = line_;
    }
    head_.push_back(c);
  }

  /// The last body is over and nothing continues it.
  void settle() {
    if (body_ended_) emit();
    body_ended_ = false;
  }

  void emit() {
    if (opening(plain(head_)) != std::string::npos) {
      found_.push_back({head_, first_line_, last_line_});
    }
    head_.clear();
  }

  std::vector<Function> found_;
  std::string head_;
  std::size_t line_ = 1;
  std::size_t first_line_ = 1;
  std::size_t last_line_ = 1;
  int parens_ = 0;
  int body_depth_ = 0;
  bool body_ended_ = false;
};

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::vector<Function> functions_of(std::string_view code) { return Finder().find(code); }

std::vector<std::string> parameters_of(std::string_view head) {
  const std::string text = plain(head);
  const std::size_t open = opening(text);
  std::vector<std::string> parameters;
  if (open == std::string::npos) return parameters;
  Depth depth;
  std::size_t start = open + 1;
  for (std::size_t i = start; i < text.size(); ++i) {
    const bool last = depth.outside() && text[i] == ')';
    if (last || (depth.outside() && text[i] == ',')) {
      const std::string parameter = trimmed(std::string_view(text).substr(start, i - start));
      if (!parameter.empty()) parameters.push_back(parameter);
      start = i + 1;
    }
    if (last) break;
    depth.pass(text[i]);
  }
  return parameters;
}

Findings check_function_lines(const File& file) {
  // Tests are tables as often as code: there a length says nothing.
  if (!is_source(file.path) || is_test(file.path)) return {};
  Findings findings;
  for (const Function& function : functions_of(code_only(file.text))) {
    const std::size_t lines = function.last_line - function.first_line + 1;
    if (lines <= function_lines_max) continue;
    findings.push_back({file.path, function.first_line, "function size",
                        std::to_string(lines) + " lines, at most " +
                            std::to_string(function_lines_max) + " fit one screen"});
  }
  return findings;
}

Findings check_parameters(const File& file) {
  if (!is_source(file.path)) return {};
  static const std::regex flag(R"(^(const\s+)?bool\b(\s+\w+)?(\s*=.*)?$)");
  static const std::regex set_something(R"(\bset_\w+\s*\()");
  Findings findings;
  for (const Function& function : functions_of(code_only(file.text))) {
    const std::vector<std::string> parameters = parameters_of(function.head);
    if (parameters.size() > parameters_max) {
      findings.push_back({file.path, function.first_line, "parameters",
                          std::to_string(parameters.size()) + " parameters: make a struct"});
    }
    // set_ready(true) reads well.
    const bool setter = parameters.size() == 1 && std::regex_search(function.head, set_something);
    for (const std::string& parameter : parameters) {
      if (!is_header(file.path) || setter || !std::regex_match(parameter, flag)) continue;
      findings.push_back({file.path, function.first_line, "bool parameter",
                          "nobody can read f(true): an enumeration, an options struct or two "
                          "functions"});
    }
  }
  return findings;
}

}  // namespace omni::tidy
