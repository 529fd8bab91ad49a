#pragma once

#include <string>
#include <string_view>

#include "chat/failure.h"
#include "json/reader.h"

namespace omni::dialect::gemini {

chat::Failure decode_error(int status, std::string_view body);
std::string encode_error(const chat::Failure& failure);

/// Of an object with an `error` in it that came where the status was good.
chat::Failure read_failure(json::Value object);
/// What a provider said that is none of this dialect.
chat::Failure bad_upstream(std::string_view message);

}  // namespace omni::dialect::gemini
