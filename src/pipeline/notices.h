#pragma once

#include "pipeline/inquiry.h"
#include "pipeline/record.h"
#include "store/call_row.h"

namespace omni::pipeline {

// What whoever watches is told of a request: that it has begun, that an account is asked for it,
// and what it came to.  Nothing of one whose key keeps no log, and no work while nobody watches.

void tell_started(const Parts& parts, const Inquiry& inquiry, std::string_view request_id);
void tell_asked(const Parts& parts, const Inquiry& inquiry, const Attempted& attempt,
                std::uint64_t number);
void tell_finished(const Parts& parts, const store::CallRow& row);

}  // namespace omni::pipeline
