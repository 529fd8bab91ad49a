#pragma once

#include <string>

#include "pipeline/trace.h"

namespace omni::pipeline {

enum class Detail : std::uint8_t { row, whole };

/// A request as lists of requests show it, with `whole` with its trace.
std::string to_call_json(const Trace& trace, Detail detail);

}  // namespace omni::pipeline
