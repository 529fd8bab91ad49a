#pragma once

#include <cstdint>
#include <string>

#include "json/envelope.h"

namespace omni::dialect::ollama {

/// Whether a request says nothing, so that its model is loaded or unloaded and nobody answers.
bool only_loads(const json::Envelope& body);

/// What Ollama answers to such a request when that is done, at a time in seconds.
std::string encode_loaded(const json::Envelope& body, std::int64_t now);

}  // namespace omni::dialect::ollama
