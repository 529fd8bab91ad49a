#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chat/request.h"

namespace omni::recall {

/// Everything that makes two questions the same one: hashed, so that it may be long and tells
/// nobody what was asked.
class Print {
 public:
  Print& add(std::string_view text);
  /// All that shapes the answer of a model, as it is meant and not as a dialect spells it.  Left
  /// out are the form in which the answer is told, and the model's name: who adds it knows whom it
  /// stands for.
  Print& add(const chat::Request& request);
  /// 64 lower-case hexadecimal digits.
  std::string hex() const;
  /// The same, of all questions that differ in their words alone, which `instead` stands for.
  std::string hex_without_words(std::string_view instead) const;

 private:
  std::string text_;
  std::size_t words_at_ = 0, words_size_ = 0;  // where they stand in the text
};

/// What a question asks in words that could be others: the last message, where it is a user's and
/// plain text.  Null: nothing.
const chat::Text* words_of(const chat::Request& request);

}  // namespace omni::recall
