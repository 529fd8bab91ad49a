#pragma once

#include <string>
#include <string_view>

#include "chat/failure.h"
#include "json/reader.h"

namespace omni::dialect::anthropic {

/// Of an object with `error` that came where the status was good: in a stream or as an answer.
chat::Failure failure_of(json::Value object);

/// What a client reads; in a stream it is the data of an `error` event.
std::string encode_error(const chat::Failure& failure);

}  // namespace omni::dialect::anthropic
