#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace omni::tidy {

/// A file of the repository; the path is relative to its root.
struct File {
  std::string path;
  std::string text;
};

/// A place that breaks a rule, and why that rule is there.
struct Finding {
  std::string file;
  std::size_t line = 0;
  std::string rule;
  std::string why;

  bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

/// `file:line: rule: why`, as editors understand it.
std::string describe(const Finding& finding);

/// Every text file below `root` but those that were built or fetched.
std::vector<File> read_tree(const std::string& root);

std::vector<std::string_view> lines_of(std::string_view text);

/// The text without its comments: blanks stand in their place, so that lines and columns stay.
std::string without_comments(std::string_view text);
/// The same, with the insides of string and character literals and the preprocessor's lines blank.
std::string code_only(std::string_view text);

bool is_header(std::string_view path);
bool is_source(std::string_view path);
/// A test or something that only tests use.
bool is_test(std::string_view path);
bool below(std::string_view path, std::string_view folder);

}  // namespace omni::tidy
