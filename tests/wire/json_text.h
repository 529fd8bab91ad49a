#pragma once

#include <string>
#include <string_view>

namespace omni::wire {

/// Whether the text is one JSON document.
bool is_json(std::string_view text);

/// For people: members in the order in which they came, what fits on a line on one line.  Text that
/// is no JSON stays as it is.
std::string pretty(std::string_view json);

/// The same text for equal documents: members in order of their names, numbers by value, strings
/// by what they mean.
std::string canonical(std::string_view json);

/// The value at a path such as "choices.0.delta.content", canonical; empty where there is none.
std::string at(std::string_view json, std::string_view path);

}  // namespace omni::wire
