#include "dialect/codec.h"

#include "base/assert.h"
#include "dialect/anthropic/codec.h"
#include "dialect/gemini/codec.h"
#include "dialect/ollama/codec.h"
#include "dialect/openai_chat/codec.h"
#include "dialect/openai_responses/codec.h"

namespace omni::dialect {

const Codec& codec_for(chat::Dialect dialect) {
  switch (dialect) {
    case chat::Dialect::openai_chat:
      return openai_chat_codec();
    case chat::Dialect::openai_responses:
      return openai_responses_codec();
    case chat::Dialect::anthropic:
      return anthropic_codec();
    case chat::Dialect::gemini:
      return gemini_codec();
    case chat::Dialect::ollama:
      return ollama_codec();
  }
  OMNI_ASSERT(false);
}

ReplyStyle ReplyStyle::of(const chat::Request& request) {
  ReplyStyle style;
  style.request = &request;
  style.include_usage = request.stream_usage;
  style.json_array = request.stream_as_array;
  return style;
}

}  // namespace omni::dialect
