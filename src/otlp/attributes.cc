#include "otlp/attributes.h"

#include <string>

#include "base/strings.h"

namespace omni::otlp {
namespace {

/// Longer ones are somebody's mistake, and no name.
constexpr std::size_t text_bytes_max = 1024;

}  // namespace

json::Writer& Attributes::begin(std::string_view name, std::string_view type) {
  out_.begin_object().key("key").text(name).key("value").begin_object();
  return out_.key(type);
}

Attributes& Attributes::close() {
  out_.end_object().end_object();
  return *this;
}

Attributes& Attributes::text(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  std::string shown(value);
  shorten(shown, text_bytes_max);
  begin(name, "stringValue").text(shown);
  return close();
}

Attributes& Attributes::texts(std::string_view name, std::span<const std::string_view> values) {
  begin(name, "arrayValue").begin_object().key("values").begin_array();
  for (const std::string_view value : values) {
    out_.begin_object().key("stringValue").text(value).end_object();
  }
  out_.end_array().end_object();
  return close();
}

Attributes& Attributes::integer(std::string_view name, std::int64_t value) {
  begin(name, "intValue").text(std::to_string(value));
  return close();
}

Attributes& Attributes::number(std::string_view name, double value) {
  begin(name, "doubleValue").number(value);
  return close();
}

Attributes& Attributes::flag(std::string_view name) {
  begin(name, "boolValue").boolean(true);
  return close();
}

void write_integer(json::Writer& out, std::uint64_t value) { out.text(std::to_string(value)); }

void write_time(json::Writer& out, Clock::Wall time) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  write_integer(out, static_cast<std::uint64_t>(since.count()));
}

Source source_of(const Pairs& attributes, std::string_view version) {
  Source source;
  json::Writer resource(source.resource);
  resource.begin_object();
  Attributes all(resource);
  for (const auto& [name, value] : attributes) all.text(name, value);
  all.end();
  resource.end_object();
  json::Writer(source.scope)
      .begin_object()
      .key("name")
      .text("omniroute")
      .key("version")
      .text(version)
      .end_object();
  return source;
}

}  // namespace omni::otlp
