#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "recall/answer.h"

namespace omni::recall {

/// All of an answer as a text, for a table of this program's own.
std::string to_text(const Answer& answer);
/// The same back; nothing where it is none, or of another version of the program.
std::optional<Answer> read_answer(std::string_view text);

}  // namespace omni::recall
