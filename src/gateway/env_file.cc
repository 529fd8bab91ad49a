#include "gateway/env_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/strings.h"

namespace omni::gateway {
namespace {

bool is_name(std::string_view text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view digits = "0123456789";
  return !text.empty() && letters.find(text.front()) != std::string_view::npos &&
         std::ranges::all_of(text, [&](char c) {
           return letters.find(c) != std::string_view::npos ||
                  digits.find(c) != std::string_view::npos;
         });
}

bool is_comment_or_nothing(std::string_view rest) {
  rest = trim(rest);
  return rest.empty() || rest.front() == '#';
}

std::optional<std::string> quoted_value(std::string_view text) {
  const char quote = text.front();
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == quote) {
      if (!is_comment_or_nothing(text.substr(i + 1))) return std::nullopt;
      return value;
    }
    if (c == '\\' && quote == '"' && i + 1 < text.size()) {
      const char escaped = text[++i];
      if (escaped != 'n' && escaped != '"' && escaped != '\\') value += c;
      value += escaped == 'n' ? '\n' : escaped;
    } else {
      value += c;
    }
  }
  return std::nullopt;
}

/// A `#` begins a comment where a blank is before it: many a password has one inside.
std::string plain_value(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
      text = text.substr(0, i);
    }
  }
  return std::string(trim(text));
}

/// What is wrong with the line; nothing if it is right.
std::string_view take_line(std::string_view line, Environment& variables) {
  line = trim(line);
  if (is_comment_or_nothing(line)) return {};
  if (line.starts_with("export ") || line.starts_with("export\t")) line = trim(line.substr(7));
  if (line.find('=') == std::string_view::npos) return "there is no = in it";
  const std::string_view name = trim(cut(line, '='));
  if (!is_name(name)) return "the name before = is none";
  const std::string_view text = trim(line);
  const bool quoted = !text.empty() && (text.front() == '"' || text.front() == '\'');
  std::optional<std::string> value = quoted ? quoted_value(text) : plain_value(text);
  if (!value) return "the quotes do not end, or something stands behind them";
  if (value->find('\0') != std::string::npos) return "there is a NUL in it";
  std::erase_if(variables, [&](const auto& variable) { return variable.first == name; });
  variables.emplace_back(name, *std::move(value));
  return {};
}

Error unreadable(const std::string& path, std::string_view why) {
  return {Error::Kind::bad_request, path + ": " + std::string(why)};
}

}  // namespace

std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = std::ranges::find(
      environment, name, [](const auto& variable) { return std::string_view(variable.first); });
  return found == environment.end() ? std::string_view() : found->second;
}

Result<Environment> EnvFile::parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Environment variables;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view wrong = take_line(cut(text, '\n'), variables);
    if (!wrong.empty()) {
      return Error(Error::Kind::bad_request,
                   "line " + std::to_string(number) + ": " + std::string(wrong));
    }
  }
  return variables;
}

Result<EnvFile> EnvFile::read_first_of(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return unreadable(path, std::strerror(errno));
    }
    std::string text(bytes_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad()) return unreadable(path, "cannot be read");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > bytes_max) return unreadable(path, "is larger than 256 KB");
    Result<Environment> variables = parse(text);
    if (!variables) return unreadable(path, variables.error().message());
    return EnvFile{path, *std::move(variables)};
  }
  return EnvFile();
}

}  // namespace omni::gateway
