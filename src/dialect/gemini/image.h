#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/reply.h"
#include "dialect/codec.h"

namespace omni::dialect::gemini {

/// An image for a request of OpenAI's form: its `prompt`, and the shape that `size` says.
Result<Outbound> ask_for_image(std::string_view request, std::string_view model);

struct MadeImages {
  std::vector<std::string> images;  // in base64
  chat::Usage usage;
};
/// Of an answer with a good status; an error of the caller's where the model made none of it.
Result<MadeImages> read_images(std::string_view body);

}  // namespace omni::dialect::gemini
