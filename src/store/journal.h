#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::store {

/// A file that is written like memory: what is appended outlives the process that is killed a
/// moment later, and costs no system call.  It is not synced, so a machine that loses its power may
/// lose the end.  One thread at a time.
class Journal {
 public:
  /// Opens the file, or makes it; it grows to `bytes_max` at most.
  static Result<std::unique_ptr<Journal>> open(const std::string& path, std::size_t bytes_max);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// All records, the oldest first, up to one that is damaged.
  void each(const std::function<void(std::string_view)>& on_record) const;
  bool empty() const { return end_ == 0; }
  /// Whether there was room, in the file's bound and on the disk.
  bool append(std::string_view record);
  void clear();

 private:
  struct Head;
  using Descriptor = int;

  Journal(Descriptor file, std::size_t bytes_max) : file_(file), bytes_max_(bytes_max) {}
  Status map(std::size_t bytes);
  bool grow(std::size_t bytes_min);
  /// The record there, if it is whole.
  const Head* record_at(std::size_t place) const;
  Head* head_at(std::size_t place) const;

  const Descriptor file_;
  const std::size_t bytes_max_;
  char* memory_ = nullptr;
  std::size_t bytes_ = 0;  // of the file and the memory
  std::size_t end_ = 0;    // of the last record
};

}  // namespace omni::store
