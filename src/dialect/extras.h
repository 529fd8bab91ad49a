#pragma once

#include <string_view>

#include "chat/part.h"
#include "json/reader.h"

namespace omni::dialect {

// How a codec fills the extras of its dialect, and reads them again; of extras of another dialect
// it finds nothing.

/// Whether a value is null, an empty string or an empty array.
bool holds_nothing(json::Value value);

void keep(chat::Dialect own, chat::Extras& extras, std::string_view name, json::Value value);
/// Likewise what is typed as well, because the codec would spell it otherwise.
void keep_spelling(chat::Dialect own, chat::Extras& extras, std::string_view name,
                   json::Value value);
/// The member that stood under that name on the wire, or the codec's note of that name with its
/// "#"; nullptr if there is none.
const json::Raw* find(chat::Dialect own, const chat::Extras& extras, std::string_view name);

/// An object of these members.
json::Raw object_of(const json::RawMembers& members);

/// What is left of an inner object when its known members are taken out stands among the extras of
/// the outer one, as an object under the name of the inner one.  Nothing is kept of no members.
void keep_inner(chat::Dialect own, chat::Extras& extras, std::string_view name,
                const json::RawMembers& members);
/// The way back: the extras of the inner object.
chat::Extras inner(chat::Dialect own, const chat::Extras& extras, std::string_view name);

}  // namespace omni::dialect
