#pragma once

#include "json/format.h"

namespace omni::api::format {

// What goes out to providers.

/// http or https with a host, and nobody's name or password in it.
extern const json::Format provider_url;
/// Printable ASCII: what may stand in the field of a request.
extern const json::Format field_value;
/// The same, but for blanks and line ends around it.
extern const json::Format key;
/// A path of ours behind a base: begins with a slash.
extern const json::Format provider_path;

}  // namespace omni::api::format
