#pragma once

#include "chat/failure.h"
#include "chat/request.h"

namespace omni::dialect::anthropic {

/// Whether the request is but the newest turn of a conversation that its provider keeps.
bool continues_thread(const chat::Request& request);

/// What whoever keeps no conversations says to that; the client then sends the whole of it.
chat::Failure thread_not_found();

}  // namespace omni::dialect::anthropic
