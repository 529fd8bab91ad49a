// Reads the tree and knows just enough of C++ to tell code from comments and literals.

#include "tidy/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace omni::tidy {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> foreign_folders{"build", ".git", "node_modules"};
constexpr std::array<std::string_view, 15> text_endings{
    ".cc",  ".h",  ".md", ".txt",  ".cmake", ".json",    ".sh", ".py",
    ".mjs", ".ts", ".js", ".conf", ".case",  ".service", ".yml"};

bool is_text(const fs::path& path) {
  const std::string ending = path.extension().string();
  // Scripts and configuration of ours have no ending; nor have the corpora, which are bytes.
  if (ending.empty()) return path.string().find("corpus") == std::string::npos;
  return std::ranges::find(text_endings, ending) != text_endings.end();
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

enum class Token { code, comment, literal };
struct Span {
  Token token;
  std::size_t end;
};

std::size_t after(std::string_view text, std::string_view stop, std::size_t from) {
  const std::size_t at = text.find(stop, from);
  return at == std::string_view::npos ? text.size() : at + stop.size();
}

std::size_t end_of_quoted(std::string_view text, std::size_t open) {
  std::size_t i = open + 1;
  while (i < text.size() && text[i] != text[open] && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

/// What starts at `at`, and where it ends.
Span span_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const bool in_word = at > 0 && is_word(text[at - 1]);
  if (rest.starts_with("//")) {
    return {Token::comment, std::min(text.find('\n', at), text.size())};
  }
  if (rest.starts_with("/*")) return {Token::comment, after(text, "*/", at + 2)};
  if (rest.starts_with("R\"") && !in_word) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return {Token::literal, text.size()};
    const std::string stop = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    return {Token::literal, after(text, stop, open)};
  }
  if (rest[0] == '"') return {Token::literal, end_of_quoted(text, at)};
  if (rest[0] == '\'' && !in_word) return {Token::literal, end_of_quoted(text, at)};
  return {Token::code, at + 1};
}

void blank(std::string& text, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

std::string blanked(std::string_view text, Token also) {
  std::string out(text);
  for (std::size_t at = 0; at < text.size();) {
    const auto [token, end] = span_at(text, at);
    if (token == Token::comment) blank(out, at, end);
    if (token == Token::literal && also == Token::literal && end - at > 2) {
      blank(out, at + 1, end - 1);
    }
    at = end;
  }
  return out;
}

void blank_preprocessor(std::string& text) {
  bool continued = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    const std::size_t first = line.find_first_not_of(' ');
    const bool directive = continued || (first != std::string_view::npos && line[first] == '#');
    continued = directive && line.ends_with('\\');
    if (directive) blank(text, at, end);
    at = end + 1;
  }
}

}  // namespace

std::string describe(const Finding& finding) {
  return finding.file + ":" + std::to_string(finding.line) + ": " + finding.rule + ": " +
         finding.why;
}

std::vector<File> read_tree(const std::string& root) {
  std::vector<File> files;
  auto walk = fs::recursive_directory_iterator(root);
  for (const fs::directory_entry& entry : walk) {
    const std::string name = entry.path().filename().string();
    if (std::ranges::find(foreign_folders, name) != foreign_folders.end()) {
      walk.disable_recursion_pending();
    } else if (entry.is_regular_file() && is_text(entry.path())) {
      files.push_back({fs::relative(entry.path(), root).generic_string(), read(entry.path())});
    }
  }
  std::ranges::sort(files, {}, &File::path);
  return files;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string without_comments(std::string_view text) { return blanked(text, Token::comment); }

std::string code_only(std::string_view text) {
  std::string out = blanked(text, Token::literal);
  blank_preprocessor(out);
  return out;
}

bool is_header(std::string_view path) { return path.ends_with(".h"); }
bool is_source(std::string_view path) { return path.ends_with(".cc") || is_header(path); }
bool is_test(std::string_view path) {
  return path.ends_with("_test.cc") || path.starts_with("tests/");
}
bool below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace omni::tidy
