#pragma once

#include <memory>
#include <string>

#include "dialect/codec.h"

namespace omni::dialect::gemini {

std::unique_ptr<StreamDecoder> stream_decoder();
std::unique_ptr<StreamEncoder> stream_encoder(const ReplyStyle& style, std::string& out);

}  // namespace omni::dialect::gemini
