#pragma once

#include <string_view>

#include "chat/dialect.h"

namespace omni::fuzz {

// What holds for the codec of every dialect and any bytes.  Each takes an input in one dialect, and
// tells it on in all of them.

/// The body of a request.  At home all of it comes back, and perhaps a member that its schema
/// demands besides; elsewhere the other codec reads it, and its texts and calls are there.
void request(chat::Dialect dialect, std::string_view body);
/// The body of an answer.  Its texts, its calls and why it ended arrive everywhere.
void reply(chat::Dialect dialect, std::string_view body);
/// The bytes of a streamed answer, after one byte that says how they are cut up, which changes
/// nothing.  Every other codec reads what is written of it.
void stream(chat::Dialect dialect, std::string_view bytes);

}  // namespace omni::fuzz
