#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace omni::gateway {

/// Exit statuses.
inline constexpr int succeeded = 0;
inline constexpr int failed = 1;
inline constexpr int misused = 2;  // a bad flag, variable, file or verb

/// To standard output.
void print(std::string_view text);
/// Adds a line of a table: each cell as wide as its column, with at least one blank behind it.
void append_cells(std::string& text, std::span<const std::string_view> cells,
                  std::span<const std::size_t> widths);
/// To standard error; returns `status`.
int complain(std::string_view what, int status);
/// The same, with the status that belongs to the error: what somebody can mend by other words on
/// the command line or another file is misuse; what the running gateway refuses is a failure.
int complain(const Error& error);

/// Whether somebody types what comes on standard input.
bool is_terminal();
/// The first line of standard input, without its end.
Result<Secret> read_secret_line();
/// Asks twice at the terminal, which shows nothing of it.
Result<Secret> ask_for_new_secret(std::string_view what);

}  // namespace omni::gateway
