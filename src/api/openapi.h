#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/route.h"

namespace omni::api {

/// The routes as an OpenAPI 3.1 document, in JSON; `version` is the program's.
std::string openapi(std::span<const Route> routes, std::string_view version);

}  // namespace omni::api
