#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace omni::gateway {

/// Names and values, as a process is given them.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Empty where there is none: `PORT= omniroute` means that PORT is not set.
std::string_view value_of(const Environment& environment, std::string_view name);

/// A file of variables, a `.env`: lines `NAME=value`, with `export` before and a comment behind if
/// you like.  Quotes of either kind keep blanks and `#`; in double ones `\n`, `\"` and `\\` are
/// escapes.  Nothing is substituted and no value goes over several lines.
struct EnvFile {
  static constexpr std::size_t bytes_max = 256 * 1024;

  /// The first of the files that exists; none is no failure.  An error names file and line and
  /// never the value, which may be a secret.
  static Result<EnvFile> read_first_of(const std::vector<std::string>& paths);
  static Result<Environment> parse(std::string_view text);

  std::string path;  // empty: there is none
  Environment variables;
};

}  // namespace omni::gateway
