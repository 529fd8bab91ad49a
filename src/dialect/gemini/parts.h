#pragma once

#include <cstdint>
#include <string_view>

#include "chat/part.h"
#include "dialect/loss.h"
#include "dialect/tool_names.h"
#include "json/reader.h"
#include "json/writer.h"

namespace omni::dialect::gemini {

/// The members of a part, looked at once.  Views of the document.
struct PartView {
  enum class Kind : std::uint8_t { text, call, result, media, opaque };
  Kind kind = Kind::opaque;
  json::Value text, call, result, inline_data, file_data;
  std::string_view signature;
  bool thought = false;
  chat::Extras extras;
};

PartView look_at_part(json::Value part);
/// The call of a part without an id has none in the model either.
chat::Part read_part(json::Value part, PartView view);
inline chat::Part read_part(json::Value part) { return read_part(part, look_at_part(part)); }

/// What decides how parts are written.
struct PartTerms {
  std::string_view seal_issuer;  // of the provider that gets a request
  const ToolNames& names;
  Losses& losses;
  bool home = false;       // the parts came in this dialect
  bool to_client = false;  // the parts are those of a reply
};

/// Whether a part has a place here; what has none is declared.
bool admits(const chat::Part& part, const PartTerms& terms);
/// One that was admitted.
void write_part(json::Writer& out, const chat::Part& part, const PartTerms& terms);
/// A ToolResult of another dialect, which takes the name from the call and has room for text alone.
void write_result(json::Writer& out, const chat::Part& part, const chat::ToolCall& call,
                  const PartTerms& terms);

}  // namespace omni::dialect::gemini
