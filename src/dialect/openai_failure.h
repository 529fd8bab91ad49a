#pragma once

#include <string>

#include "chat/failure.h"
#include "json/reader.h"

/// What OpenAI Chat and OpenAI Responses say alike when there is no answer.
namespace omni::dialect::openai {

/// Whether what stands under "error" is one: many always write the member.
bool is_failure(json::Value error);

/// Of an object with such a member that came where the status was good; what it says instead
/// decides the status.
chat::Failure read_failure(json::Value object);

/// The whole body.
std::string encode_error(const chat::Failure& failure);

}  // namespace omni::dialect::openai
