#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omni::dialect {

/// An id of letters, digits, "_" and "-" up to a length.  One that fits is kept; of another the
/// result depends on nothing but the id, so a call and its result stay together.
std::string fitting_id(std::string_view id, std::size_t length_max);

/// The id itself where it starts with the prefix already, else prefix + id.
std::string prefixed_id(std::string_view prefix, std::string_view id);

/// prefix + 24 letters and digits that depend on nothing but the arguments: for calls and items of
/// a reply whose provider gives no ids.
std::string made_id(std::string_view prefix, std::string_view reply_id, int choice, int part);

}  // namespace omni::dialect
