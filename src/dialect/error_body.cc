// {"error": {"message", "type" | "status", "code", "param"}}   OpenAI, Anthropic, Gemini (in a list
//                                                             where its stream is one)
// {"error": {"message", "type", "details": {"error_code"}}}   Anthropic, of threads
// {"error": "…"}   Ollama      {"err_msg": "…"}   Deepgram
// {"message": "…"}   {"detail": "…"}   others

#include "dialect/error_body.h"

#include <string>
#include <utility>

#include "base/strings.h"
#include "json/scratch_reader.h"

namespace omni::dialect {
namespace {

using json::Kind;
using json::Value;

constexpr std::size_t message_bytes_max = 2048;

/// A string, or the number that some have in its place.
std::string word_of(Value value) {
  if (value.kind() == Kind::text) return std::string(value.text());
  return value.kind() == Kind::number ? std::string(value.slice()) : std::string{};
}

/// Cut to its bound, and without a byte that could not stand in JSON.
std::string presentable(std::string_view text) {
  std::string out(text.substr(0, message_bytes_max));
  if (text.size() > out.size()) {  // a character that was cut goes altogether
    std::size_t end = out.size();
    while (end > 0 && (static_cast<unsigned char>(out[end - 1]) & 0xC0U) == 0x80U) --end;
    if (end > 0 && static_cast<unsigned char>(out[end - 1]) >= 0xC0U) out.resize(end - 1);
  }
  if (!json::Raw::parse(json::Raw::quote(out).text())) {
    for (char& c : out) {
      if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    }
  }
  return out;
}

void read_members(Value object, chat::Failure& failure) {
  for (const auto [key, value] : object.members()) {
    if (key == "message" && value.kind() == Kind::text) failure.message = value.text();
    if (key == "type" || (key == "status" && failure.type.empty())) failure.type = word_of(value);
    if (key == "code") failure.code = word_of(value);
    if (key == "details" && value.kind() == Kind::object) {
      failure.code = word_of(value.find("error_code"));
    }
    if (key == "param") failure.param = word_of(value);
  }
}

std::string without_text(int status, std::string_view body) {
  const std::string answered = "Upstream answered " + std::to_string(status);
  if (body.empty()) return answered + " without a word";
  return body.starts_with('<') ? answered + " with an HTML page" : std::string(body);
}

}  // namespace

chat::Failure read_error_object(int status, Value object) {
  chat::Failure failure;
  failure.status = status;
  Value error, message, detail, err_msg;
  for (const auto [key, value] : object.members()) {
    if (key == "error") error = value;
    if (key == "message") message = value;
    if (key == "detail") detail = value;
    if (key == "err_msg") err_msg = value;
  }
  if (error.kind() == Kind::object) read_members(error, failure);
  for (const Value text : {message, error, detail, err_msg}) {
    if (!failure.message.empty()) break;
    if (text.kind() == Kind::text) failure.message = text.text();
  }
  if (failure.message.empty()) failure.message = object.slice();
  failure.message = presentable(failure.message);
  return failure;
}

chat::Failure read_error_body(int status, std::string_view body) {
  body = trim(body);
  const json::ScratchReader reader;
  Value root = reader->read(body);
  if (root.kind() == Kind::array) {
    for (const Value item : std::exchange(root, {}).items()) {
      if (!root) root = item;
    }
  }
  if (root.kind() == Kind::object) return read_error_object(status, root);
  chat::Failure failure;
  failure.status = status;
  failure.message = presentable(without_text(status, body));
  return failure;
}

}  // namespace omni::dialect
