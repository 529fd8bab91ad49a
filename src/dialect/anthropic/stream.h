#pragma once

#include <memory>
#include <string>

#include "dialect/codec.h"

namespace omni::dialect::anthropic {

std::unique_ptr<StreamDecoder> make_stream_decoder();
std::unique_ptr<StreamEncoder> make_stream_encoder(const ReplyStyle& style, std::string& out);

/// Members of message_delta that stand beside `delta`; a whole message has all on one level.
constexpr bool stands_beside_delta(std::string_view key) { return key == "context_management"; }

}  // namespace omni::dialect::anthropic
