#pragma once

#include "json/reader.h"

namespace omni::json {

/// A Reader of this thread, for a text that is read within one call: such a call never suspends, so
/// readers can be lent like the levels of a stack.  They keep their memory from loan to loan.
class ScratchReader {
 public:
  ScratchReader();
  ~ScratchReader();
  ScratchReader(const ScratchReader&) = delete;
  ScratchReader& operator=(const ScratchReader&) = delete;

  Reader& operator*() const { return *reader_; }
  Reader* operator->() const { return reader_; }

 private:
  Reader* reader_;
};

}  // namespace omni::json
