#pragma once

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

 private:
  std::string text_;
};

}  // namespace omni::recall
