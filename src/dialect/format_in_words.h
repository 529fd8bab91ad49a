#pragma once

#include <string>

#include "chat/request.h"

namespace omni::dialect {

/// What a model is told of the form of its answer, where its provider cannot be.
std::string format_in_words(const chat::OutputFormat& format);

}  // namespace omni::dialect
