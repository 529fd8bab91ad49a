#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace omni::api {

/// Writes files into a compressed archive (ustar in gzip) on disk, which everybody can unpack.  A
/// file of any size costs no more memory than a piece of it.
class TarGzWriter {
 public:
  /// Makes the file for its owner's eyes only; `time` is that of all that will be in it.
  static Result<std::unique_ptr<TarGzWriter>> open(const std::string& path, Clock::Wall time);
  ~TarGzWriter();
  TarGzWriter(const TarGzWriter&) = delete;
  TarGzWriter& operator=(const TarGzWriter&) = delete;

  /// `name` has at most 100 bytes, with `/` between folders.
  Status add(std::string_view name, std::string_view bytes);
  Status add_file(std::string_view name, const std::string& path);
  /// Without, the archive is cut short.
  Status finish();

 private:
  struct Stream;
  TarGzWriter(std::unique_ptr<Stream> stream, Clock::Wall time);

  Status begin(std::string_view name, std::uint64_t bytes);
  Status put(std::string_view bytes);
  Status pad(std::uint64_t bytes);

  std::unique_ptr<Stream> stream_;
  const Clock::Wall time_;
};

/// The 512 bytes before a file's contents.
std::string tar_header(std::string_view name, std::uint64_t bytes, Clock::Wall time);

}  // namespace omni::api
