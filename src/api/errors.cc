#include "api/errors.h"

namespace omni::api {
namespace {

/// When a client may ask again that came while we could not answer.
constexpr std::uint64_t retry_after_s = 5;

std::string_view type_of(Error::Kind kind) {
  return kind == Error::Kind::too_large ? "payload_too_large" : name_of(kind);
}

std::string error_body(const net::Exchange& exchange, ErrorForm form, const Error& error) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error");
  if (form == ErrorForm::text) {
    writer.text(error.message()).end_object();
    return body;
  }
  writer.begin_object();
  writer.key("code").text(error.code().empty() ? code_of(error.kind()) : error.code());
  writer.key("message").text(error.message());
  writer.key("type").text(type_of(error.kind()));
  if (!exchange.id().empty()) writer.key("correlation_id").text(exchange.id());
  writer.end_object().end_object();
  return body;
}

}  // namespace

std::string_view code_of(Error::Kind kind) {
  using enum Error::Kind;
  switch (kind) {
    case bad_request:
      return "INVALID_REQUEST";
    case unauthorized:
      return "AUTH_001";
    case forbidden:
      return "FORBIDDEN";
    case not_found:
      return "NOT_FOUND";
    case conflict:
      return "CONFLICT";
    case too_large:
      return "PAYLOAD_TOO_LARGE";
    case unsupported_media:
      return "UNSUPPORTED_MEDIA_TYPE";
    case rate_limited:
      return "RATE_LIMITED";
    case over_budget:
      return "OVER_BUDGET";
    case unavailable:
      return "SERVICE_UNAVAILABLE";
    case timed_out:
      return "TIMED_OUT";
    case cancelled:
      return "CANCELLED";
    case upstream:
      return "UPSTREAM_ERROR";
    case internal:
      return "INTERNAL_ERROR";
  }
  return "INTERNAL_ERROR";
}

net::Task<Status> answer_error(net::Exchange& exchange, ErrorForm form, Error error) {
  net::OutFields fields;
  fields.add("content-type", "application/json");
  if (error.kind() == Error::Kind::unavailable) fields.add("retry-after", retry_after_s);
  co_return co_await exchange.reply(net::status_of(error.kind()), std::move(fields),
                                    error_body(exchange, form, error));
}

net::Task<Status> answer_invalid(net::Exchange& exchange, std::vector<json::Finding> findings) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("error").begin_object();
  writer.key("message").text("Invalid request").key("details").begin_array();
  for (const json::Finding& finding : findings) {
    writer.begin_object().key("field").text(finding.field);
    writer.key("message").text(finding.message).end_object();
  }
  writer.end_array().end_object().end_object();
  co_return co_await exchange.reply_json(400, std::move(body));
}

}  // namespace omni::api
