#include "dialect/service_usage.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace omni::dialect {
namespace {

/// The first of these that is there; names differ by service and by provider.
json::Value any_of(json::Value object, std::initializer_list<std::string_view> names) {
  if (object.kind() != json::Kind::object) return {};
  for (const std::string_view name : names) {
    if (const json::Value value = object.find(name)) return value;
  }
  return {};
}

std::int64_t count(json::Value object, std::initializer_list<std::string_view> names) {
  const json::Value value = any_of(object, names);
  return value.kind() == json::Kind::number ? std::max<std::int64_t>(value.integer(), 0) : 0;
}

/// Takes a part out of a whole that it cannot be larger than.
std::int64_t take(std::int64_t& whole, std::int64_t part) {
  part = std::min(whole, part);
  whole -= part;
  return part;
}

}  // namespace

std::optional<chat::Usage> read_service_usage(json::Value usage) {
  std::int64_t input = count(usage, {"prompt_tokens", "input_tokens"});
  std::int64_t output = count(usage, {"completion_tokens", "output_tokens"});
  if (input == 0 && output == 0) input = count(usage, {"total_tokens"});
  if (input == 0 && output == 0) return std::nullopt;
  const json::Value in =
      any_of(usage, {"input_tokens_details", "input_token_details", "prompt_tokens_details"});
  const json::Value out = any_of(usage, {"output_tokens_details", "completion_tokens_details"});
  chat::Usage read;
  read.input_image = take(input, count(in, {"image_tokens"}));
  read.input_audio = take(input, count(in, {"audio_tokens"}));
  read.input_cache_read = take(input, count(in, {"cached_tokens"}));
  read.input_fresh = input;
  read.output_image = take(output, count(out, {"image_tokens"}));
  read.output_audio = take(output, count(out, {"audio_tokens"}));
  read.output_reasoning = take(output, count(out, {"reasoning_tokens"}));
  read.output_text = output;
  return read;
}

}  // namespace omni::dialect
