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
/// What a document of plain text in base64 says; nothing of any other media.
std::optional<std::string> decoded_text(const chat::Media& media);
/// By the first bytes of the content, as for Ollama, which says no type; "image/png" where unsure.
std::string_view sniff_image(std::string_view base64);

}  // namespace omni::dialect
