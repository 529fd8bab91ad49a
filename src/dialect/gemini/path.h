#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::dialect::gemini {

/// What the path of a request says.
struct Asked {
  std::string model;
  bool stream = false;
  bool as_array = false;  // the stream is one JSON array, not server-sent events
};

/// Of "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse" and its relatives: other
/// versions, `publishers/google/models/`, no `models/` at all, escapes, models with slashes.
Result<Asked> read_path(std::string_view path);

/// The model of a path that asks for tokens to be counted, "/v1beta/models/MODEL:countTokens";
/// nothing of any other.
std::optional<std::string> model_to_count(std::string_view path);

/// The same of a path that asks for vectors: of one content, `embedContent`, or of many,
/// `batchEmbedContents`.
struct AskedVectors {
  std::string model;
  bool single = false;
};
Result<AskedVectors> read_path_of_embeddings(std::string_view path);

/// What follows the provider's base address.
std::string path_of_reply(std::string_view model);
std::string path_of_stream(std::string_view model);
std::string path_of_count(std::string_view model);
std::string path_of_embeddings(std::string_view model);

}  // namespace omni::dialect::gemini
