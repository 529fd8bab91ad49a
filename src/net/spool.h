#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/byte_source.h"
#include "net/fd.h"
#include "net/workers.h"

namespace omni::net {

/// Bytes that come once and are read as often as somebody wants them.  Few stay in memory; more go
/// into a file without a name, which is gone with its last reader, whatever becomes of the program.
/// Files are touched by workers alone.  Belongs to one loop.
class Spool {
 public:
  static constexpr std::size_t memory_bytes_max = std::size_t{1} << 20;
  static constexpr std::size_t piece_bytes = std::size_t{256} << 10;

  /// A file would be in `folder`.  The workers outlive it.
  Spool(Workers& workers, std::string folder) : workers_(workers), folder_(std::move(folder)) {}
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// After an error it is of no more use.
  Task<Status> add(std::string_view bytes);
  std::uint64_t size() const { return file_bytes_ + kept_.size(); }
  bool in_file() const { return file_ != nullptr; }
  /// All of it from the beginning on, which can be rewound.  To be called when all has come; the
  /// spool outlives it.
  std::unique_ptr<ByteSource> open() const;

 private:
  class Reader;
  using File = std::shared_ptr<const Fd>;  // a worker that is at it may outlast us
  struct Spilled;

  static Spilled spill(File file, const std::string& folder, std::uint64_t at, std::string bytes);

  Workers& workers_;
  const std::string folder_;
  File file_;
  std::uint64_t file_bytes_ = 0;
  std::string kept_;  // what comes after those in the file
};

}  // namespace omni::net
