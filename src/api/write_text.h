#pragma once

#include <string_view>

#include "json/writer.h"

namespace omni::api {

/// Null where it is empty.
inline void write_text_or_null(json::Writer& writer, std::string_view text) {
  if (text.empty()) {
    writer.null();
  } else {
    writer.text(text);
  }
}

}  // namespace omni::api
