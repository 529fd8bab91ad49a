#pragma once

#include "chat/request.h"
#include "dialect/openai_chat/message.h"

namespace omni::dialect::openai_chat {

/// The array that stands under `messages`.
void write_messages(json::Writer& out, const chat::Request& request, const Addressee& to);

}  // namespace omni::dialect::openai_chat
