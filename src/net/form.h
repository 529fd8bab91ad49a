#pragma once

#include <deque>
#include <memory>
#include <string_view>

#include "net/byte_source.h"
#include "net/multipart.h"

namespace omni::net {

/// Pulls a multipart/form-data body apart as it arrives: a slow taker slows the client, and an
/// upload of any size costs no more memory than what one read brings.
class FormReader final : private PartSink {
 public:
  struct Item {
    enum class Kind : std::uint8_t { part, data, part_end, end };
    Kind kind = Kind::end;
    PartHead head;          // of a part
    std::string_view data;  // valid until the next call
  };

  /// `content_type` is the request's field; `body` outlives the reader.
  static Result<std::unique_ptr<FormReader>> open(std::string_view content_type, ByteSource& body,
                                                  MultipartLimits limits = {});

  Task<Result<Item>> next();

 private:
  FormReader(const std::string& boundary, ByteSource& body, MultipartLimits limits)
      : body_(body), parser_(boundary, *this, limits) {}

  Status part_begin(const PartHead& head) override;
  Status part_data(std::string_view data) override;
  Status part_end() override;

  ByteSource& body_;
  MultipartParser parser_;
  std::deque<Item> found_;  // in what was read last
};

}  // namespace omni::net
