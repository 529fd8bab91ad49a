#include "gateway/mock/requests.h"

#include <map>

#include "base/strings.h"
#include "json/raw.h"
#include "json/writer.h"
#include "net/exchange.h"

namespace omni::gateway::mock {
namespace {

void write_body(json::Writer& out, std::string_view body) {
  if (const Result<json::Raw> document = json::Raw::parse(body)) {
    out.key("body").raw(*document);
    return;
  }
  const json::Raw text = json::Raw::quote(body);
  if (json::Raw::parse(text.text())) {
    out.key("body").raw(text);
  } else {
    out.key("body_base64").text(base64_encode(body));
  }
}

}  // namespace

void Requests::note(const net::Exchange& exchange, std::string_view body) {
  const net::RequestHead& head = exchange.request();
  std::map<std::string, std::string> fields;
  for (const net::Field& field : head.fields()) {
    std::string& value = fields[to_lower(field.name)];
    value.append(value.empty() ? "" : ", ").append(field.value);
  }
  std::string line;
  json::Writer out(line);
  out.begin_object().key("method").text(head.method()).key("path").text(head.target());
  out.key("fields").begin_object();
  for (const auto& [name, value] : fields) out.key(name).text(value);
  out.end_object();
  write_body(out, body);
  out.end_object();
  noted_.push_back(std::move(line));
  if (noted_.size() > requests_max) noted_.pop_front();
}

std::string Requests::json() const {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("requests").begin_array();
  for (const std::string& line : noted_) out.raw(line);
  out.end_array().end_object();
  return text;
}

}  // namespace omni::gateway::mock
