#pragma once

#include <optional>
#include <string_view>

#include "chat/dialect.h"

namespace omni::ingress {

/// The dialect that clients of a path speak, as its first words tell, also where there is no row;
/// nothing for paths of the management and of pages.
std::optional<chat::Dialect> dialect_of_path(std::string_view path);

}  // namespace omni::ingress
