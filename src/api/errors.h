#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/shape.h"
#include "net/exchange.h"

namespace omni::api {

/// What stands under "error" where a request fails.  Scripts print it, so each route keeps to what
/// they know of it; all of them read `error` as a text or look for `error.message`.
enum class ErrorForm : std::uint8_t {
  object,  // {"error":{"code","message","type","correlation_id"}}
  text,    // {"error":"message"}
};

/// Answers with the status of the error's kind.
net::Task<Status> answer_error(net::Exchange& exchange, ErrorForm form, Error error);

/// 400 with everything that is wrong:
/// `{"error":{"message":"Invalid request","details":[{"field","message"}]}}`.
net::Task<Status> answer_invalid(net::Exchange& exchange, std::vector<json::Finding> findings);

/// "AUTH_001" for what lacks a credential; otherwise the kind in capitals.
std::string_view code_of(Error::Kind kind);

}  // namespace omni::api
