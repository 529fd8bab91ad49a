#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidy/text.h"

namespace omni::tidy {

/// A function at namespace or class level, declared or defined, as far as braces and parentheses
/// show one.
struct Function {
  std::string head;
  std::size_t first_line = 0;
  std::size_t last_line = 0;
};

/// `code` is what code_only() gives.
std::vector<Function> functions_of(std::string_view code);

/// The parameters as written, split at their commas.
std::vector<std::string> parameters_of(std::string_view head);

Findings check_function_lines(const File& file);
Findings check_parameters(const File& file);

}  // namespace omni::tidy
