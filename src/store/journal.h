#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::store {

/// A file of records for a process that may be killed: what was appended before is found by the
/// next one.  It is not synced, so a machine that loses its power may lose the end.  One thread at
/// a time.
class Journal {
 public:
  using OnRecord = std::function<void(std::string_view)>;

  /// Opens the file, or makes it, and tells all records in it, the oldest first, up to one that is
  /// not whole.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, std::size_t bytes_max,
                                               const OnRecord& on_record);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Whether there was room, in the file's bound and on the disk.
  bool append(std::string_view record);
  void clear();

 private:
  using Descriptor = int;

  Journal(Descriptor file, std::size_t bytes_max) : file_(file), bytes_max_(bytes_max) {}

  const Descriptor file_;
  const std::size_t bytes_max_;
  std::size_t end_ = 0;  // of the last record
};

}  // namespace omni::store
