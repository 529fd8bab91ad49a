#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tidy/text.h"

namespace omni::tidy {

/// Who may include whom, as the table of ARCHITECTURE.md says: the page is the law.
struct Modules {
  std::map<std::string, std::set<std::string>, std::less<>> may_include;
  /// What in the table itself made no sense.
  Findings findings;
};

Modules parse_modules(const File& architecture);

/// Includes of other modules that the table does not grant, and of libraries that are another
/// module's to hide.
Findings check_includes(const File& file, const Modules& modules);

/// The USES of a module's CMakeLists.txt against the table.
Findings check_uses(const File& cmake_lists, const Modules& modules);

}  // namespace omni::tidy
