#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chat/part.h"

namespace omni::dialect {

struct DataUri {
  std::string_view mime_type;
  std::string_view base64;
};

/// Of "data:image/png;base64,…"; nothing where it is none or not in base64.
std::optional<DataUri> parse_data_uri(std::string_view uri);
void append_data_uri(std::string& out, std::string_view mime_type, std::string_view base64);

/// "image/png" is an image, "application/pdf" a document, and so on.
chat::Media::Kind media_kind_of(std::string_view mime_type);
/// The same of media in base64, whose first bytes count where the type does not tell an image.
chat::Media::Kind media_kind_of(const chat::Media& media);
/// The type to tell of an image: as it was said, in the letters in which it is registered, or by
/// the first bytes where what was said is none of an image.
std::string image_type_of(const chat::Media& media);
/// What a document of plain text in base64 says; nothing of any other media.
std::optional<std::string> decoded_text(const chat::Media& media);
/// By the first bytes of the content, as for Ollama, which says no type; "image/png" where unsure.
std::string_view sniff_image(std::string_view base64);

}  // namespace omni::dialect
