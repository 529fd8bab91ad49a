// Reads any bytes as the head of a request and as that of an answer.  However they arrive, the end
// is found at the same place; what is accepted holds no byte that could mean something else to
// another reader, and written anew from what was understood it is understood the same.

#include "net/head.h"

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "target.h"

namespace omni::net {
namespace {

using fuzz::require;

HeadScanner::Found scan_in_steps(std::string_view text, std::size_t step) {
  HeadScanner scanner;
  for (std::size_t length = step; length < text.size(); length += step) {
    const HeadScanner::Found found = scanner.scan(text.substr(0, length));
    if (found.refusal || found.head_bytes > 0) return found;
  }
  return scanner.scan(text);
}

/// The length of the head, 0 if there is none to be parsed.
std::size_t head_length(std::string_view text) {
  const HeadScanner::Found whole = scan_in_steps(text, text.size() + 1);
  for (const std::size_t step : {1U, 2U, 7U, 64U}) {
    if (text.size() / step > 10'000) continue;  // quadratic
    const HeadScanner::Found found = scan_in_steps(text, step);
    require(found.head_bytes == whole.head_bytes);
    require(found.refusal.has_value() == whole.refusal.has_value());
    require(!found.refusal || found.refusal->status == whole.refusal->status);
  }
  require(!whole.refusal || whole.head_bytes == 0);
  require(whole.head_bytes <= head_bytes_max);
  return whole.head_bytes;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::size_t count(const Fields& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(),
                    [name](const Field& field) { return equals_ignoring_case(field.name, name); }));
}

void check_fields(const Fields& fields) {
  for (const Field& field : fields) {
    require(is_token(field.name));
    require(std::none_of(field.value.begin(), field.value.end(), is_control));
    require(trim(field.value) == field.value);
  }
}

bool same(const Fields& a, const Fields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Field& x, const Field& y) {
    return x.name == y.name && x.value == y.value;
  });
}

std::string written_anew(const RequestHead& head) {
  std::string text(head.method());
  text.append(" ").append(head.target()).append(head.http11() ? " HTTP/1.1" : " HTTP/1.0");
  text.append("\r\n");
  for (const Field& field : head.fields()) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text.append("\r\n");
}

void read_as_request(std::string_view text) {
  RequestHead head;
  if (const std::optional<Refusal> refusal = head.parse(text)) {
    require(refusal->status >= 400 && refusal->status <= 505 && !refusal->why.empty());
    return;
  }
  require(is_token(head.method()));
  require(head.path().starts_with('/') || (head.path() == "*" && head.method() == "OPTIONS"));
  const bool plain = std::all_of(head.target().begin(), head.target().end(),
                                 [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  require(plain);
  check_fields(head.fields());
  const std::size_t lengths = count(head.fields(), "content-length");
  const std::size_t codings = count(head.fields(), "transfer-encoding");
  const std::size_t hosts = count(head.fields(), "host");
  require(lengths + codings <= 1 && hosts <= 1 && (hosts == 1 || !head.http11()));
  require((head.framing().kind == Framing::Kind::chunked) == (codings == 1));
  require(lengths == 1 || head.framing().length == 0);
  const std::string anew = written_anew(head);
  if (anew.size() > head_bytes_max) return;
  require(head_length(anew) == anew.size());
  RequestHead again;
  require(!again.parse(anew));
  require(again.path() == head.path() && again.query() == head.query());
  require(same(again.fields(), head.fields()));
  require(again.framing().kind == head.framing().kind);
  require(again.framing().length == head.framing().length);
  require(again.keep_alive() == head.keep_alive());
}

void read_as_answer(std::string_view text) {
  for (const std::string_view method : {"GET", "HEAD"}) {
    ResponseHead head;
    if (!head.parse(text, method)) continue;
    require(head.status() >= 0 && head.status() <= 999);
    check_fields(head.fields());
    require(method == "GET" || head.framing().kind == Framing::Kind::none);
    require(!head.keep_alive() || head.framing().kind != Framing::Kind::to_close);
  }
}

}  // namespace
}  // namespace omni::net

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace omni::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const std::size_t length = head_length(text); length > 0) {
    read_as_request(text.substr(0, length));
    read_as_answer(text.substr(0, length));
  }
  return 0;
}
