#pragma once

#include "base/clock.h"
#include "json/writer.h"
#include "store/call_row.h"

namespace omni::meter {

/// How a client's request is told of once it is over: members of an object that is open, the same
/// in lists as for whoever watches.  `over` is when.
void write_call(json::Writer& out, const store::CallRow& row, Clock::Wall over);
/// An object.
void write_tokens(json::Writer& out, const store::UsageRow::Tokens& tokens);

}  // namespace omni::meter
