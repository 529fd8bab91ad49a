#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/byte_source.h"
#include "net/multipart.h"

namespace omni::net {

/// A multipart/form-data body (RFC 7578) whose last part is pulled from somewhere, so that it is
/// never in memory as a whole.  Fields first, then `set_file`, then it is read.
class MultipartSource final : public ByteSource {
 public:
  /// The boundary must stand in none of the parts: a random one of 30 letters and more.
  explicit MultipartSource(std::string boundary) : boundary_(std::move(boundary)) {}

  std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }
  void add_field(std::string_view name, std::string_view value);
  /// The last part.  The source, of known length, outlives this one.
  void set_file(const PartHead& head, ByteSource& file);

  Task<Result<std::string_view>> read() override;
  bool done() const override { return place_ == Place::end; }
  std::optional<std::uint64_t> announced() const override;
  bool rewind() override;

 private:
  enum class Place : std::uint8_t { before, file, after, end };

  void begin_part(const PartHead& head);

  const std::string boundary_;
  std::string before_, after_;  // of the file's bytes
  ByteSource* file_ = nullptr;
  Place place_ = Place::before;
};

}  // namespace omni::net
