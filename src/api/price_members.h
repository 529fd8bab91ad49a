#pragma once

#include "catalog/price.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::api {

// Prices as the API has them: dollars for a million tokens by the names of the predecessor, or by
// those of the catalogue.

/// Sets the rates that the object names; refuses any other member, and what is no price.
Status read_rates(json::Value object, catalog::Rates& rates);

/// As the API shows them: an object of those that there are.
void write_rates(json::Writer& writer, const catalog::Rates& rates);
/// As the catalogue writes them, for the store.
json::Raw stored_rates(const catalog::Rates& rates);

}  // namespace omni::api
