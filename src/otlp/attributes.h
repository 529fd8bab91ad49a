#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "json/writer.h"
#include "otlp/pairs.h"

namespace omni::otlp {

/// The member `attributes` of whatever is written.  A text that is empty says nothing, and so is
/// left out.
class Attributes {
 public:
  explicit Attributes(json::Writer& out) : out_(out) { out_.key("attributes").begin_array(); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  Attributes& text(std::string_view name, std::string_view value);
  Attributes& texts(std::string_view name, std::span<const std::string_view> values);
  Attributes& integer(std::string_view name, std::int64_t value);
  Attributes& number(std::string_view name, double value);
  /// That it is so.
  Attributes& flag(std::string_view name);
  void end() { out_.end_array(); }

 private:
  /// Up to the value of the value.
  json::Writer& begin(std::string_view name, std::string_view type);
  Attributes& close();

  json::Writer& out_;
};

/// 64 bits are texts in the JSON of OTLP.
void write_integer(json::Writer& out, std::uint64_t value);
void write_time(json::Writer& out, Clock::Wall time);

/// Who tells it all, as batches begin.
struct Source {
  std::string resource;  // JSON
  std::string scope;     // the same
};
Source source_of(const Pairs& attributes, std::string_view version);

}  // namespace omni::otlp
