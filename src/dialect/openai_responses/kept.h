#pragma once

#include <optional>
#include <string_view>

#include "chat/failure.h"
#include "chat/request.h"
#include "json/reader.h"

namespace omni::dialect::openai_responses {

/// Whether a member of a request names something that only its provider can know.
bool names_kept(std::string_view member, json::Value value);

/// What whoever keeps neither answers nor items nor prompts says to a request that names one of
/// them instead of saying what stands there; nothing where the request says all of it.
std::optional<chat::Failure> refer_to_kept(const chat::Request& request);

}  // namespace omni::dialect::openai_responses
