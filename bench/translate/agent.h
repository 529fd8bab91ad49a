#pragma once

#include <cstddef>
#include <string>

namespace omni::bench {

/// The body of an OpenAI Chat request as a coding agent sends it: a system prompt, tools with
/// schemas, and turns of text, calls and results, until it has about that many bytes.
std::string agent_request(std::size_t bytes);

}  // namespace omni::bench
