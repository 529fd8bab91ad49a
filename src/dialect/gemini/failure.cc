// {"error": {"code": 429, "message": "…", "status": "RESOURCE_EXHAUSTED",
//            "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay":
//            "3.5s"},
//                        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "…"}]}}
//
// Where a stream is a list, so is its error.

#include "dialect/gemini/failure.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "dialect/error_body.h"
#include "json/scratch_reader.h"
#include "json/writer.h"

namespace omni::dialect::gemini {

using chat::Failure;
using json::Kind;
using json::Value;

namespace {

struct StatusRow {
  int status;
  std::string_view word;
};

/// Of a status the first row is the word that we write.
constexpr std::array<StatusRow, 20> statuses{{
    {400, "INVALID_ARGUMENT"},  {400, "FAILED_PRECONDITION"},
    {400, "OUT_OF_RANGE"},      {401, "UNAUTHENTICATED"},
    {402, "PERMISSION_DENIED"}, {403, "PERMISSION_DENIED"},
    {404, "NOT_FOUND"},         {409, "ABORTED"},
    {409, "ALREADY_EXISTS"},    {429, "RESOURCE_EXHAUSTED"},
    {499, "CANCELLED"},         {500, "INTERNAL"},
    {500, "UNKNOWN"},           {500, "DATA_LOSS"},
    {501, "UNIMPLEMENTED"},     {502, "INTERNAL"},
    {503, "UNAVAILABLE"},       {504, "DEADLINE_EXCEEDED"},
    {529, "UNAVAILABLE"},       {408, "DEADLINE_EXCEEDED"},
}};

std::string_view word_of(const Failure& failure) {
  std::string_view word;
  for (const StatusRow& row : statuses) {
    if (row.status != failure.status) continue;
    if (row.word == failure.type) return row.word;
    if (word.empty()) word = row.word;
  }
  if (!word.empty()) return word;
  return failure.status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

/// Of "3.5s"; a wait of more than a week is none that anybody means.
std::optional<std::int64_t> milliseconds_of(std::string_view duration) {
  constexpr double seconds_max = 7 * 24 * 3600;
  if (!duration.ends_with('s')) return std::nullopt;
  duration.remove_suffix(1);
  double seconds = 0;
  const char* const end = duration.data() + duration.size();
  const auto parsed = std::from_chars(duration.data(), end, seconds);
  const bool fits = parsed.ec == std::errc{} && parsed.ptr == end && seconds >= 0;
  if (!fits || !(seconds <= seconds_max)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(seconds * 1000));
}

std::string_view text_of(Value value) {
  return value.kind() == Kind::text ? value.text() : std::string_view{};
}

void read_detail(Value detail, Failure& failure) {
  if (detail.kind() != Kind::object) return;
  std::string_view type, delay, reason;
  for (const auto [name, value] : detail.members()) {
    if (name == "@type") type = text_of(value);
    if (name == "retryDelay") delay = text_of(value);
    if (name == "reason") reason = text_of(value);
  }
  if (type.ends_with("/google.rpc.RetryInfo")) failure.retry_after_ms = milliseconds_of(delay);
  if (type.ends_with("/google.rpc.ErrorInfo")) failure.code = reason;
}

struct Told {
  Value error, details;
  std::string_view word;
  int code = 0;
};

Told look_at(Value object) {
  Told told;
  if (object.kind() != Kind::object) return told;
  for (const auto [name, value] : object.members()) {
    if (name == "error") told.error = value;
  }
  if (told.error.kind() != Kind::object) return told;
  for (const auto [name, value] : told.error.members()) {
    if (name == "status") told.word = text_of(value);
    if (name == "details" && value.kind() == Kind::array) told.details = value;
    if (name != "code") continue;
    const std::string_view digits = value.slice();
    std::from_chars(digits.data(), digits.data() + digits.size(), told.code);
  }
  return told;
}

/// The code of an object of Google's only says the status again.
void read_details(const Told& told, Failure& failure) {
  failure.code.clear();
  if (!told.details) return;
  for (const Value detail : told.details.items()) read_detail(detail, failure);
}

int status_of(const Told& told) {
  if (told.code >= 400 && told.code <= 599) return told.code;
  const auto row = std::find_if(statuses.begin(), statuses.end(),
                                [&](const StatusRow& known) { return known.word == told.word; });
  return row == statuses.end() ? 502 : row->status;
}

Value first_of(Value root) {
  if (root.kind() != Kind::array) return root;
  for (const Value item : root.items()) return item;
  return {};
}

}  // namespace

Failure decode_error(int status, std::string_view body) {
  Failure failure = read_error_body(status, body);
  json::ScratchReader reader;
  const Told told = look_at(first_of(reader->read(body)));
  if (told.error.kind() == Kind::object) read_details(told, failure);
  return failure;
}

Failure read_failure(Value object) {
  const Told told = look_at(object);
  Failure failure = read_error_object(status_of(told), object);
  read_details(told, failure);
  return failure;
}

Failure bad_upstream(std::string_view message) {
  Failure failure;
  failure.status = 502;
  failure.message = message;
  return failure;
}

std::string encode_error(const Failure& failure) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("error").begin_object();
  writer.key("code").integer(failure.status);
  writer.key("message").text(failure.message);
  writer.key("status").text(word_of(failure));
  if (failure.retry_after_ms) {
    const std::int64_t ms = std::max<std::int64_t>(*failure.retry_after_ms, 0);
    std::string delay = std::to_string(ms / 1000);
    if (ms % 1000 != 0) delay += "." + std::to_string(1000 + ms % 1000).substr(1);
    writer.key("details").begin_array().begin_object();
    writer.key("@type").text("type.googleapis.com/google.rpc.RetryInfo");
    writer.key("retryDelay").text(delay + "s");
    writer.end_object().end_array();
  }
  writer.end_object().end_object();
  return out;
}

}  // namespace omni::dialect::gemini
