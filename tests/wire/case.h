#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/dialect.h"

namespace omni::wire {

/// A heading and the text below it: `=== request anthropic` has the kind "request" and the words
/// {"anthropic"}.
struct Section {
  std::string kind;
  std::vector<std::string> words;
  std::string text;

  std::string heading() const;
  bool has_word(std::string_view word) const;
};

/// One scenario, as a file of sections tells it.
struct Case {
  std::string name;
  std::string description;       // what stands before the first heading
  std::vector<Section> written;  // by hand
  std::vector<Section> generated;

  /// What was written by hand for a dialect; nothing where it cannot say the thing.
  const Section* find(std::string_view kind, chat::Dialect dialect) const;
  /// Of the section `hints`; empty where it does not say.
  std::string hint(std::string_view name) const;
};

/// Requests begin with the path where it matters: in Gemini it says the model and the action.
struct RequestText {
  std::string path;
  std::string body;
};
/// Of the case, or a plain question where it has none in this dialect.
RequestText request_of(const Case& scenario, chat::Dialect dialect);

/// Throws where a case says a hint that nobody asks for.
void refuse_unknown_hints(const Case& scenario);

/// Of a folder, "quirks/", where the cases of the scenarios are not meant.
std::vector<std::string> case_names(const std::string& folder = {});
Case load_case(const std::string& name);
/// Writes the file again with these generated sections.
void save_case(const Case& scenario, const std::vector<Section>& generated);

std::optional<chat::Dialect> dialect_named(std::string_view name);

}  // namespace omni::wire
