#pragma once

#include <string_view>

#include "chat/reply.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::dialect::anthropic {

/// Of a usage object, whole or of a message_delta.
chat::Usage decode_usage(json::Value object);

/// The usage objects of a stream as one: what the later one says replaces what the earlier said.
/// Counts are of the whole answer so far, so none goes down.
json::Raw merge_usage(std::string_view earlier, json::Value later);

/// Which of the three objects that are called usage.
enum class UsageOf : unsigned char {
  reply,          // of a whole answer
  message_start,  // what is known before the answer: never its length, which some clients add up
  message_delta,  // the final counts, with fewer members
};
/// Word for word what the provider said if it was said in this dialect.  No usage counts as zeros.
void write_usage(json::Writer& out, const chat::Usage* usage, UsageOf of);

}  // namespace omni::dialect::anthropic
