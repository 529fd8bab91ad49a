#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "chat/part.h"

namespace omni::dialect::anthropic {

/// How `source` says what an image or a document holds.
struct SourceForm {
  std::string_view type;
  chat::Media::Form form;
  std::string_view payload;  // the member that holds it
  bool typed;                // with media_type
};
inline constexpr std::array source_forms{
    SourceForm{"base64", chat::Media::Form::base64, "data", true},
    SourceForm{"url", chat::Media::Form::url, "url", false},
    SourceForm{"file", chat::Media::Form::file_id, "file_id", false},
    SourceForm{"text", chat::Media::Form::text, "data", true}};

constexpr const SourceForm* find_source(std::string_view type) {
  const auto* const row = std::ranges::find(source_forms, type, &SourceForm::type);
  return row == source_forms.end() ? nullptr : row;
}

constexpr const SourceForm& source_of(chat::Media::Form form) {
  return *std::ranges::find(source_forms, form, &SourceForm::form);
}

}  // namespace omni::dialect::anthropic
