#include "net/multipart_writer.h"

#include "base/assert.h"

namespace omni::net {
namespace {

/// As browsers write it: what would end the value or the line is percent-encoded.
std::string quoted(std::string_view text) {
  std::string quote("\"");
  for (const char c : text) {
    if (c == '"') {
      quote += "%22";
    } else if (c == '\r') {
      quote += "%0D";
    } else if (c == '\n') {
      quote += "%0A";
    } else {
      quote += c;
    }
  }
  return quote += '"';
}

}  // namespace

void MultipartSource::begin_part(const PartHead& head) {
  before_.append("--").append(boundary_);
  before_.append("\r\ncontent-disposition: form-data; name=").append(quoted(head.name));
  if (head.filename) before_.append("; filename=").append(quoted(*head.filename));
  if (!head.content_type.empty()) before_.append("\r\ncontent-type: ").append(head.content_type);
  before_.append("\r\n\r\n");
}

void MultipartSource::add_field(std::string_view name, std::string_view value) {
  OMNI_ASSERT(file_ == nullptr);
  begin_part({.name = std::string(name), .filename = {}, .content_type = {}});
  before_.append(value).append("\r\n");
}

void MultipartSource::set_file(const PartHead& head, ByteSource& file) {
  OMNI_ASSERT(file_ == nullptr && file.announced().has_value());
  begin_part(head);
  after_.append("\r\n--").append(boundary_).append("--\r\n");
  file_ = &file;
}

Task<Result<std::string_view>> MultipartSource::read() {
  OMNI_ASSERT(file_ != nullptr);
  if (place_ == Place::before) {
    place_ = file_->done() ? Place::after : Place::file;
    co_return std::string_view(before_);
  }
  if (place_ == Place::file) {
    Result<std::string_view> piece = co_await file_->read();
    if (!piece) co_return piece;
    if (file_->done()) place_ = Place::after;
    if (!piece->empty()) co_return piece;
    place_ = Place::after;
  }
  if (place_ == Place::end) co_return std::string_view();
  place_ = Place::end;
  co_return std::string_view(after_);
}

std::optional<std::uint64_t> MultipartSource::announced() const {
  return before_.size() + *file_->announced() + after_.size();
}

bool MultipartSource::rewind() {
  place_ = Place::before;
  return file_->rewind();
}

}  // namespace omni::net
