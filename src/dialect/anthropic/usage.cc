// Tokens, of which input_tokens are those that the prompt cache neither gave nor took:
//
//     {"input_tokens":12,"cache_read_input_tokens":300,"cache_creation_input_tokens":50,
//      "cache_creation":{"ephemeral_5m_input_tokens":50,"ephemeral_1h_input_tokens":0},
//      "output_tokens":70,"output_tokens_details":{"thinking_tokens":20},…}

#include "dialect/anthropic/usage.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "dialect/anthropic/wire.h"
#include "json/scratch_reader.h"

namespace omni::dialect::anthropic {
namespace {

using chat::Usage;
using json::Value;

/// More than any model can count, and far from where sums overflow.
constexpr double tokens_max = 1e14;
/// Nobody has that much to say about tokens.
constexpr std::size_t object_bytes_max = std::size_t{2} << 10;

std::int64_t count(Value value) {
  if (value.kind() != json::Kind::number) return 0;
  return static_cast<std::int64_t>(std::clamp(value.number(), 0.0, tokens_max));
}

bool has_member(Value object, std::string_view name) {
  for (const auto [key, value] : object.members()) {
    if (key == name) return true;
  }
  return false;
}

/// A provider counts a few tokens before it sends message_start.  More than that is the sum of an
/// answer that is told as a stream after it was whole.
constexpr std::int64_t first_tokens_max = 16;

constexpr std::array<std::string_view, 4> only_in_the_whole{"cache_creation", "inference_geo",
                                                            "service_tier", "speed"};

void write_as_it_came(json::Writer& out, std::string_view object, UsageOf of) {
  json::ScratchReader reader;
  out.begin_object();
  for (const auto [key, value] : reader->read(object).members()) {
    if (of == UsageOf::message_start && key == "output_tokens" && count(value) > first_tokens_max) {
      out.key(key).integer(1);
    } else if (of != UsageOf::message_delta ||
               std::ranges::find(only_in_the_whole, key) == only_in_the_whole.end()) {
      out.key(key).raw(value.slice());
    }
  }
  out.end_object();
}

}  // namespace

Usage decode_usage(Value object) {
  Usage usage;
  std::int64_t written = 0;
  std::int64_t written_5m = 0;
  std::int64_t output = 0;
  for (const auto [key, value] : object.members()) {
    if (key == "input_tokens") {
      usage.input_fresh = count(value);
    } else if (key == "output_tokens") {
      output = count(value);
    } else if (key == "cache_read_input_tokens") {
      usage.input_cache_read = count(value);
    } else if (key == "cache_creation_input_tokens") {
      written = count(value);
    } else if (key == "cache_creation" && value.kind() == json::Kind::object) {
      written_5m = count(value.find("ephemeral_5m_input_tokens"));
      usage.input_cache_write_1h = count(value.find("ephemeral_1h_input_tokens"));
    } else if (key == "output_tokens_details" && value.kind() == json::Kind::object) {
      usage.output_reasoning = count(value.find("thinking_tokens"));
    } else if (key == "service_tier" && value.kind() == json::Kind::text) {
      usage.service = chat::service_of(value.text());
    }
  }
  usage.input_cache_write = std::max(written - usage.input_cache_write_1h, written_5m);
  usage.output_reasoning = std::min(usage.output_reasoning, output);
  usage.output_text = output - usage.output_reasoning;
  usage.wire = chat::Opaque{own, object.raw()};
  return usage;
}

json::Raw merge_usage(std::string_view earlier, Value later) {
  const bool endless = std::max(earlier.size(), later.slice().size()) > object_bytes_max;
  if (earlier.empty() || endless) return later.raw();
  json::ScratchReader reader;
  const Value before = reader->read(earlier);
  std::string merged;
  json::Writer out(merged);
  out.begin_object();
  for (const auto [key, value] : before.members()) {
    const Value newer = later.find(key);
    const bool lower = newer.kind() == json::Kind::number && count(newer) < count(value);
    out.key(key).raw((newer && !lower ? newer : value).slice());
  }
  for (const auto [key, value] : later.members()) {
    if (!has_member(before, key)) out.key(key).raw(value.slice());
  }
  out.end_object();
  return json::Raw::trusted(std::move(merged));
}

void write_usage(json::Writer& out, const Usage* usage, UsageOf of) {
  if (usage != nullptr && usage->wire && usage->wire->dialect == own) {
    return write_as_it_came(out, usage->wire->item.text(), of);
  }
  static const Usage nothing;
  const Usage& counts = usage != nullptr ? *usage : nothing;
  const bool whole = of != UsageOf::message_delta;
  const std::int64_t written = counts.input_cache_write + counts.input_cache_write_1h;
  const bool thought = counts.output_reasoning > 0 && of != UsageOf::message_start;

  out.begin_object();
  out.key("input_tokens").integer(counts.input_fresh + counts.input_audio + counts.input_image);
  out.key("cache_creation_input_tokens").integer(written);
  out.key("cache_read_input_tokens").integer(counts.input_cache_read);
  if (whole) {
    out.key("cache_creation").begin_object();
    out.key("ephemeral_5m_input_tokens").integer(counts.input_cache_write);
    out.key("ephemeral_1h_input_tokens").integer(counts.input_cache_write_1h);
    out.end_object();
  }
  out.key("output_tokens").integer(of == UsageOf::message_start ? 0 : counts.output());
  out.key("output_tokens_details");
  if (thought) {
    out.begin_object().key("thinking_tokens").integer(counts.output_reasoning).end_object();
  } else {
    out.null();
  }
  out.key("server_tool_use").null();
  if (whole) {
    for (const std::string_view name : {"inference_geo", "service_tier", "speed"}) {
      out.key(name).null();
    }
  }
  out.end_object();
}

}  // namespace omni::dialect::anthropic
