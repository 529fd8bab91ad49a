// Sizes and banned shapes.  The patterns are put together from pieces where they would otherwise
// find themselves.

#include "tidy/shapes.h"

#include <array>
#include <regex>

namespace omni::tidy {
namespace {

constexpr std::size_t file_lines_soft = 500;
constexpr std::size_t file_lines_hard = 800;
constexpr std::size_t columns_max = 100;

bool is_code(const File& file) {
  return is_source(file.path) || file.path.ends_with(".cmake") ||
         file.path.ends_with("CMakeLists.txt");
}

/// Code points, so that an ellipsis is one column.
std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++columns;
  }
  return columns;
}

bool anywhere(const File&) { return true; }
bool in_code(const File& file) { return is_code(file); }
bool in_sources(const File& file) { return is_source(file.path); }
bool in_product(const File& file) { return below(file.path, "src") && is_source(file.path); }
bool in_headers(const File& file) { return is_header(file.path); }
bool in_tests(const File& file) { return is_test(file.path) && is_source(file.path); }
bool in_silent(const File& file) {
  return in_product(file) && !is_test(file.path) && !below(file.path, "src/gateway");
}

enum class View { raw, without_comments, code };

/// `needle` stands in every line that the pattern can match and spares most lines the pattern.
struct Shape {
  std::string_view rule;
  View view;
  bool (*applies)(const File&);
  std::string_view needle;
  std::string pattern;
  std::string_view why;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all{
      {"provider id", View::without_comments, in_product, "provider",
       R"(provider\w*((\.|->)\w+(\(\))?)?\s*[!=]=\s*"|"\s*[!=]=\s*\w*provider)",
       "providers are data: make it a quirk or a field of the provider's file"},
      {"printing", View::code, in_silent, "print", R"(\b(v?f?printf|(std::)?print(ln)?)\s*\()",
       "only the gateway's commands print; everything else logs"},
      {"printing", View::code, in_silent, "put", R"(\b(f?puts|f?putc|putchar)\s*\()",
       "only the gateway's commands print; everything else logs"},
      {"printing", View::code, in_silent, "std::c", R"(std::(cout|cerr|clog)\b)",
       "only the gateway's commands print; everything else logs"},
      {"shared_ptr", View::code, in_product, "_ptr<", R"(shared_ptr<\s*(?!const\b))",
       "sharing is for immutable snapshots: shared_ptr<const T>"},
      {"shared_ptr", View::code, in_product, "make_shared<", R"(make_shared<\s*(?!const\b))",
       "sharing is for immutable snapshots: make_shared<const T>"},
      {"shared_ptr", View::code, in_product, "_shared_from_this", "enable_shared_from_this",
       "an object that keeps itself alive has no owner"},
      {"using namespace", View::code, in_headers, "using", R"(\busing\s+namespace\b)",
       "a header does not choose names for its includers"},
      {"macro", View::without_comments, in_sources, "#", R"(^\s*#\s*define\b)",
       "no macros beyond assert and log"},
      {"unfinished", View::raw, in_code, "",
       "\\b(TO"
       "DO|FIX"
       "ME|XX"
       "X)\\b",
       "finish it, or open an issue"},
      {"sleep", View::code, in_tests, "sleep",
       R"(\b(sleep_for|sleep_until|u?sleep|nanosleep)\s*\((?!forever\)))",
       "a test that sleeps is slow or flaky: wait for the event"},
      {"machine path", View::raw, anywhere, "/",
       "(^|[\\s\"'=:(<`])/(ho"
       "me|wo"
       "rk|ro"
       "ot|Us"
       "ers)/\\w",
       "this folder exists on one machine only"},
  };
  return all;
}

Findings check_shape(const File& file, const Shape& shape, std::string_view text) {
  if (text.find(shape.needle) == std::string_view::npos) return {};
  const std::regex pattern(shape.pattern, std::regex::optimize);
  Findings findings;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (line.find(shape.needle) == std::string_view::npos) continue;
    if (!std::regex_search(line.begin(), line.end(), pattern)) continue;
    findings.push_back({file.path, number, std::string(shape.rule), std::string(shape.why)});
  }
  return findings;
}

std::size_t line_at(std::string_view text, std::size_t at) {
  return lines_of(text.substr(0, at + 1)).size();
}

Findings check_file_lines(const File& file, std::size_t over, std::size_t up_to) {
  const std::size_t lines = lines_of(file.text).size();
  if (!is_code(file) || lines <= over || lines > up_to) return {};
  return {{file.path, lines, "file size",
           std::to_string(lines) + " lines, more than " + std::to_string(over)}};
}

}  // namespace

Findings check_sizes(const File& file) {
  Findings findings = check_file_lines(file, file_lines_hard, std::string::npos);
  if (!is_code(file)) return findings;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(file.text)) {
    ++number;
    const std::size_t columns = columns_of(line);
    if (columns <= columns_max) continue;
    findings.push_back({file.path, number, "columns", std::to_string(columns) + " of 100"});
  }
  return findings;
}

Findings note_sizes(const File& file) {
  return check_file_lines(file, file_lines_soft, file_lines_hard);
}

Findings check_lines(const File& file) {
  const std::string uncommented = is_source(file.path) ? without_comments(file.text) : file.text;
  const std::string code = is_source(file.path) ? code_only(file.text) : file.text;
  Findings findings;
  for (const Shape& shape : shapes()) {
    if (!shape.applies(file)) continue;
    const std::string& text = shape.view == View::raw    ? file.text
                              : shape.view == View::code ? code
                                                         : uncommented;
    const Findings found = check_shape(file, shape, text);
    findings.insert(findings.end(), found.begin(), found.end());
  }
  return findings;
}

Findings check_empty_catch(const File& file) {
  if (!is_source(file.path)) return {};
  static const std::regex pattern(R"(\bcatch\s*\([^)]*\)\s*\{\s*\})");
  const std::string code = code_only(file.text);
  Findings findings;
  for (std::sregex_iterator it(code.begin(), code.end(), pattern), end; it != end; ++it) {
    findings.push_back({file.path, line_at(code, static_cast<std::size_t>(it->position())),
                        "empty catch", "a swallowed failure is found by nobody"});
  }
  return findings;
}

Findings check_pragma_once(const File& file) {
  if (!is_header(file.path)) return {};
  const std::string text = without_comments(file.text);
  const std::size_t first = text.find_first_not_of(" \n");
  const bool present = first != std::string::npos &&
                       std::string_view(text).substr(first).starts_with("#pragma once");
  if (present) return {};
  return {{file.path, 1, "pragma once", "every header begins with #pragma once"}};
}

Findings check_skips(const File& file) {
  if (!in_tests(file)) return {};
  static const std::regex silent_skip(
      "GTEST_SK"
      R"(IP\(\)\s*;)");
  static const std::regex disabled(R"(^TEST.*\bDISAB)"
                                   "LED_");
  Findings findings;
  std::string_view before;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(file.text)) {
    ++number;
    if (std::regex_search(line.begin(), line.end(), silent_skip)) {
      findings.push_back({file.path, number, "skip", "say why: << \"needs ...\""});
    }
    if (!before.starts_with("//") && std::regex_search(line.begin(), line.end(), disabled)) {
      findings.push_back({file.path, number, "skip", "say why in a comment on the line above"});
    }
    before = line;
  }
  return findings;
}

}  // namespace omni::tidy
