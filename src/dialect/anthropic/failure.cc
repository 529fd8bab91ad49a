// {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_…"}

#include "dialect/anthropic/failure.h"

#include "base/strings.h"
#include "dialect/anthropic/wire.h"
#include "dialect/error_body.h"
#include "json/writer.h"

namespace omni::dialect::anthropic {
namespace {

constexpr int unknown_status = 502;

int status_by_code(std::string_view code) {
  const auto number = parse_unsigned(code);
  return number && *number >= 400 && *number < 600 ? static_cast<int>(*number) : unknown_status;
}

/// By these clients see that they have to send the conversation in another way.
bool is_about_threads(std::string_view code) { return code.starts_with("thread_"); }

}  // namespace

chat::Failure failure_of(json::Value object) {
  chat::Failure failure = read_error_object(unknown_status, object);
  failure.status = status_of(failure.type).value_or(status_by_code(failure.code));
  return failure;
}

std::string encode_error(const chat::Failure& failure) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("type").text("error").key("error").begin_object();
  out.key("type").text(error_type_of(failure.status));
  out.key("message").text(failure.message);
  if (is_about_threads(failure.code)) {
    out.key("details").begin_object().key("error_code").text(failure.code).end_object();
  }
  out.end_object();
  out.key("request_id");
  failure.request_id.empty() ? out.null() : out.text(failure.request_id);
  out.end_object();
  return body;
}

}  // namespace omni::dialect::anthropic
