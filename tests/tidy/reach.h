#pragma once

#include <vector>

#include "tidy/text.h"

namespace omni::tidy {

/// Sources that no CMakeLists.txt names, so that nothing compiles or runs them.
Findings check_built(const std::vector<File>& tree);

/// Headers of src/ that nothing includes.
Findings check_included(const std::vector<File>& tree);

/// Pages that cannot be reached by links from the pages at the root, and links that lead nowhere.
Findings check_links(const std::vector<File>& tree);

/// Folders without a README.md: those below src/, tests/ and docs/, and those at the root that hold
/// more than tools.
Findings check_readmes(const std::vector<File>& tree);

}  // namespace omni::tidy
