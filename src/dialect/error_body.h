#pragma once

#include <string_view>

#include "chat/failure.h"
#include "json/reader.h"

namespace omni::dialect {

/// What the body of an answer without a good status says.  Looks for the places of every dialect,
/// for proxies before a provider and its clones err in another one than they speak.  The message is
/// never empty, never HTML, and at most 2 KiB of valid UTF-8.
chat::Failure read_error_body(int status, std::string_view body);

/// The same of an object with `error`, `message` or `detail` that came where the status was good.
/// Reads nothing that could fail.
chat::Failure read_error_object(int status, json::Value object);

}  // namespace omni::dialect
