#pragma once

#include "catalog/price.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::api {

// Prices as the API has them: dollars for a million tokens by the names of the predecessor, or by
// those of the catalogue.

/// Sets what the object names, of the tiers all; refuses any other member, and what is no price.
Status read_price(json::Value object, catalog::Price& price);

/// As the API shows it: an object of what there is.
void write_price(json::Writer& writer, const catalog::Price& price);
/// As the catalogue writes it, for the store.
json::Raw stored_price(const catalog::Price& price);

}  // namespace omni::api
