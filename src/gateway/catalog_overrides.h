#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace omni::gateway {

/// The files of the data directory's `catalog.d`, `*.json`, by name; none where there is no such
/// folder.
Result<std::vector<catalog::Catalog::Document>> read_catalog_overrides(const std::string& data_dir);

}  // namespace omni::gateway
