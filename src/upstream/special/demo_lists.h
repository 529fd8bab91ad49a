#pragma once

#include <cstdint>
#include <string>

#include "chat/dialect.h"
#include "chat/request.h"

namespace omni::upstream {

/// The models of the built-in provider, as the list of that dialect.
std::string list_of_models(chat::Dialect dialect);

/// What a dialect says when it is asked how many tokens a request has.
std::string count_of_tokens(chat::Dialect dialect, std::int64_t tokens);

/// About four characters a token.
std::int64_t tokens_in(std::string_view text);
std::int64_t tokens_in(const chat::Request& request);

}  // namespace omni::upstream
