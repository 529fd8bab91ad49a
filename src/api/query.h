#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/shape.h"

namespace omni::api {

/// The values that a query has for these members, as a JSON object which can be checked and read
/// like a body: what should be a number or a truth value becomes one if it looks like it.
std::string query_as_json(std::string_view query, std::span<const json::MemberShape> members);

}  // namespace omni::api
