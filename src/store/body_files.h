#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace omni::store {

/// Records in compressed files of a folder, each file for a stretch of time; who has the place of a
/// record reads it until its file is forgotten.  What a killed process has left half written is no
/// record, and nobody writes behind it.  One thread appends; the rest is for all threads.
class BodyFiles {
 public:
  struct Options {
    std::string folder;  // made when there is something to keep
    std::size_t file_bytes_max = std::size_t{16} << 20;
  };
  /// No record is in segment 0 or in one before it.
  struct Place {
    std::int64_t segment = 0, offset = 0;

    bool operator==(const Place&) const = default;
  };
  static constexpr std::int64_t missing = -1;

  BodyFiles(const Clock& clock, Options options);
  ~BodyFiles();
  BodyFiles(const BodyFiles&) = delete;
  BodyFiles& operator=(const BodyFiles&) = delete;

  Result<Place> append(std::string_view record);
  /// not_found where the file is forgotten, or what stands there is no whole record.
  Result<std::string> read(const Place& place) const;
  /// Whether its file is still there.
  bool has(const Place& place) const;
  std::uint64_t bytes() const;
  /// Deletes the oldest file, whatever is in it; false where there is none.
  bool forget_oldest();
  /// Deletes the files in which all is older.
  void forget_before(Clock::Wall time);

 private:
  using Descriptor = int;

  std::string path_of(std::int64_t segment) const;
  Status begin_file();
  Status write(std::string_view bytes);

  const Clock& clock_;
  const Options options_;
  Descriptor file_ = -1;      // of the writer
  std::int64_t writing_ = 0;  // its segment
  std::uint64_t end_ = 0;     // of its last record
  std::int64_t last_ = 0;     // segment that there was ever
  mutable std::mutex mutex_;
  std::map<std::int64_t, std::uint64_t> sizes_;  // of all files
};

}  // namespace omni::store
