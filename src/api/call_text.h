#pragma once

#include <string>
#include <vector>

#include "store/body_log.h"
#include "store/call_row.h"

namespace omni::api {

/// Calls as texts; null for who keeps no bodies.

/// An array.
std::string calls_as_json(const std::vector<store::CallRow>& rows, const store::BodyLog* bodies);
/// The same objects, each on a line.
std::string calls_as_lines(const std::vector<store::CallRow>& rows, const store::BodyLog* bodies);
/// With a line of names; a text that a spreadsheet would take for a formula has `'` before it.
std::string calls_as_csv(const std::vector<store::CallRow>& rows);
/// One, with its trace and its bodies.
std::string call_as_json(const store::CallRow& row, const store::BodyLog* bodies);

}  // namespace omni::api
