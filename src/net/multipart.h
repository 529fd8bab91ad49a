#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace omni::net {

/// What stands over a part, checked: valid UTF-8 without control bytes.
struct PartHead {
  std::string name;
  /// As the client sent it, `filename*` before `filename`; never a path to open.
  std::optional<std::string> filename;
  /// Empty where the part names none.
  std::string content_type;
};

/// Takes what a MultipartParser finds: for each part one part_begin, any number of part_data, none
/// of them empty, and one part_end.  An error from any of them ends the parsing.  The views last as
/// long as the call.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual Status part_begin(const PartHead& head) = 0;
  virtual Status part_data(std::string_view data) = 0;
  virtual Status part_end() = 0;
};

struct MultipartLimits {
  std::size_t parts_max = 100;
  std::size_t head_bytes_max = 8192;
};

/// The boundary of a Content-Type value of multipart/form-data, checked against RFC 2046.
Result<std::string> multipart_boundary(std::string_view content_type);

/// Reads a multipart/form-data body (RFC 7578) as it arrives, in pieces of any size; how it is cut
/// makes no difference.  Data goes through as views into the input: what may be the beginning of a
/// boundary is counted, not stored, so a body of any length costs one part head of memory.  Where
/// two readers might disagree about the parts, the body is refused.  The sink must outlive it.
class MultipartParser {
 public:
  /// The boundary is one that multipart_boundary returned.
  MultipartParser(const std::string& boundary, PartSink& sink, MultipartLimits limits = {});

  /// After an error it takes no more.
  Status feed(std::string_view in);
  /// After the last byte of the body: refuses a body without its closing boundary.
  Status finish() const;

 private:
  enum class State : std::uint8_t {
    preamble,
    boundary,       // the boundary is complete; CR or '-' must follow
    boundary_cr,    // LF must follow
    boundary_dash,  // the second '-' must follow
    head,
    data,
    closed,  // after the closing boundary: the end, or CR
    closed_cr,
    epilogue,
    failed,
  };

  /// Each takes the beginning of `in`, which is not empty, away and may change the state.
  Status advance(std::string_view& in);
  Status take_content(std::string_view& in);
  Status take_boundary_end(std::string_view& in);
  Status take_head(std::string_view& in);
  Status take_epilogue(std::string_view& in);

  void expect_boundary();
  Status content(std::string_view data);
  Status end_content();
  Status ignore(std::size_t bytes);
  Status begin_part();

  std::string delimiter_;  // CRLF "--" boundary
  PartSink& sink_;
  MultipartLimits limits_;
  State state_ = State::preamble;
  std::size_t matched_ = 0;  // how much of delimiter_ the input ended with so far
  std::size_t assumed_ = 0;  // how much of that is the end of the line before the content
  std::size_t ignored_ = 0;  // bytes of preamble and epilogue
  std::size_t parts_ = 0;
  std::string head_;  // of a part, where it comes in pieces
};

}  // namespace omni::net
