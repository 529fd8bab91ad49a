#pragma once

#include "chat/request.h"

namespace omni::adapt {

/// OpenAI refuses to answer with a JSON object where no message has that word.  Clients of other
/// dialects have only set the form, so the model is told for them.
void name_json(chat::Request& request);

}  // namespace omni::adapt
