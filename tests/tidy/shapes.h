#pragma once

#include "tidy/text.h"

namespace omni::tidy {

/// Files over 800 lines, and lines over 100 columns where clang-format reigns.
Findings check_sizes(const File& file);

/// Files over 500 lines: allowed, and worth a look.
Findings note_sizes(const File& file);

/// Shapes that the house style bans and one line shows: printing, sleeping, macros and the like.
Findings check_lines(const File& file);

Findings check_empty_catch(const File& file);
Findings check_pragma_once(const File& file);

/// Tests that are switched off without saying why.
Findings check_skips(const File& file);

}  // namespace omni::tidy
