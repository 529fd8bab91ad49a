#pragma once

namespace omni {

/// Tells the allocator to keep what a large request has taken for the next one.  By itself it gives
/// the end of its heap back to the system as soon as that is free, and fetches it anew a moment
/// later, page by page, which costs more than all the work on the request.  To be called once,
/// before there is a second thread.
void keep_freed_memory();

}  // namespace omni
