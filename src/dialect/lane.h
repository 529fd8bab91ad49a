#pragma once

#include <string_view>

#include "dialect/codec.h"
#include "json/envelope.h"

namespace omni::dialect {

// The byte lane: for a client and a provider of the same dialect, where nothing touches the
// content. The body goes as it came, with another model's name in it; the answer flows through
// while a Tap (dialect/tap.h) reads along.

/// Whether the dialects leave the byte lane open: they are the same, and it is no Gemini client
/// that wants its stream as one array, for providers are asked for server-sent events.
bool can_forward(chat::Dialect client, chat::Dialect provider, const Inbound& inbound);

/// Whether there may be a seal, or the call of a tool, in a body of any dialect.  A glance: false
/// is certain.
bool may_hold_seals(std::string_view body);
bool may_hold_calls(std::string_view body);

/// Whether these bytes stand anywhere in a body, whatever they mean there.
bool holds(std::string_view body, std::string_view word);

/// The request with the hints' model in it, its stream mode and, as the hints say, the ask for
/// usage and the newer name of the limit; every other byte as it came.  Refuses what is no JSON
/// object.
Result<Outbound> forward_request(chat::Dialect dialect, const Inbound& inbound,
                                 const EncodeHints& hints);
/// The same for a body that was scanned already.
Result<Outbound> forward_request(chat::Dialect dialect, const Inbound& inbound,
                                 const json::Envelope& body, const EncodeHints& hints);

}  // namespace omni::dialect
