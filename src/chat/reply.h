#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chat/part.h"

namespace omni::chat {

/// How fast and how surely an answer is made, where a provider sells that apart.
enum class Service : std::uint8_t { standard, flex, batch, priority };
/// By the word that providers have for it; any other is standard.
Service service_of(std::string_view word);
std::string_view name_of(Service service);

/// Tokens, in buckets that never overlap; sums are derived, so nothing is counted twice.
struct Usage {
  std::int64_t input_fresh = 0;
  std::int64_t input_cache_read = 0;
  std::int64_t input_cache_write = 0;     // kept for five minutes
  std::int64_t input_cache_write_1h = 0;  // kept for an hour
  std::int64_t input_audio = 0;
  std::int64_t input_image = 0;
  std::int64_t output_text = 0;
  std::int64_t output_reasoning = 0;
  std::int64_t output_audio = 0;
  std::int64_t output_image = 0;
  std::int64_t images = 0;  // that were made, where it is those that are counted
  std::int64_t audio_ms = 0;  // of recordings that were heard, where it is time that is counted
  Service service{};
  /// The wire object it was read from, which its own dialect writes back word for word.
  std::optional<Opaque> wire;

  std::int64_t input() const {
    return input_fresh + input_cache_read + input_cache_write + input_cache_write_1h + input_audio +
           input_image;
  }
  /// Of a further answer to the same request; what it says in words of its own is not kept.
  Usage& operator+=(const Usage& other);

  std::int64_t output() const {
    return output_text + output_reasoning + output_audio + output_image;
  }
};

/// Why an answer ended.  An answer that calls a tool of the client's ends with tool_calls, whatever
/// word the provider used.
enum class Finish : std::uint8_t { stop, length, tool_calls, content_filter, paused };

/// One of the answers to a request; mostly there is one.
struct Choice {
  std::vector<Part> parts;
  Finish finish{};
  std::string finish_word;    // as the provider spelled it; only its own dialect writes it back
  std::string stop_sequence;  // the one that ended it, where known
  Extras extras;
};

/// A whole answer.
struct Reply {
  Dialect source{};
  std::string id;
  std::string model;
  std::int64_t created = 0;  // seconds since 1970; 0 where the dialect does not say
  std::vector<Choice> choices;
  std::optional<Usage> usage;
  Extras extras;
};

}  // namespace omni::chat
