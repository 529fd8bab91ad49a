#pragma once

#include <cstdint>
#include <string_view>

namespace omni {

enum class LetterCase : std::uint8_t { exact, ignored };

/// Whether all of `text` is what the pattern says: `*` stands for anything, also for nothing, `?`
/// for one byte.
bool matches_wildcard(std::string_view pattern, std::string_view text,
                      LetterCase letters = LetterCase::exact);

/// Whether it has a `*` or a `?`.
bool is_wildcard(std::string_view pattern);

}  // namespace omni
