#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/reply.h"
#include "dialect/codec.h"
#include "json/reader.h"

namespace omni::dialect::gemini {

/// An image for a request of OpenAI's form: its `prompt`, and the shape that `size` says.
Outbound ask_for_image(json::Value request, std::string_view model);

struct MadeImages {
  std::vector<std::string> images;  // in base64
  chat::Usage usage;
};
/// Of an answer with a good status; an error where there is no image in it.
Result<MadeImages> read_images(std::string_view body);

}  // namespace omni::dialect::gemini
