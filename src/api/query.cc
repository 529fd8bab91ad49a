#include "api/query.h"

#include "json/raw.h"
#include "net/url.h"

namespace omni::api {
namespace {

void write_value(json::Writer& writer, json::Kind kind, const std::string& value) {
  if (kind == json::Kind::boolean && (value == "true" || value == "1")) {
    writer.boolean(true);
  } else if (kind == json::Kind::boolean && (value == "false" || value == "0")) {
    writer.boolean(false);
  } else if (kind == json::Kind::number &&
             value.find_first_not_of("0123456789+-.eE") == std::string::npos &&
             json::Raw::parse(value)) {
    writer.raw(value);
  } else {
    writer.text(value);
  }
}

}  // namespace

std::string query_as_json(std::string_view query, std::span<const json::MemberShape> members) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const json::MemberShape& member : members) {
    const std::optional<std::string> value = net::query_value(query, member.name);
    if (!value || value->empty()) continue;
    writer.key(member.name);
    write_value(writer, member.shape.kind, *value);
  }
  writer.end_object();
  return out;
}

}  // namespace omni::api
