// Fuzzes the multipart parser.  An input is a Content-Type value, a LF and a body; however the body
// is cut, the parser must tell the same story, one that a consumer can rely on.

#include "net/multipart.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "target.h"

namespace omni::net {
namespace {

using fuzz::require;

class Transcript final : public PartSink {
 public:
  Status part_begin(const PartHead& head) override {
    require(!open_ && !head.name.empty());
    open_ = true;
    text += "<" + head.name + "|" + head.filename.value_or("") + "|" + head.content_type + ">";
    return Nothing{};
  }
  Status part_data(std::string_view data) override {
    require(open_ && !data.empty());
    text += data;
    return Nothing{};
  }
  Status part_end() override {
    require(open_);
    open_ = false;
    text += "</>";
    return Nothing{};
  }
  bool open() const { return open_; }

  std::string text;

 private:
  bool open_ = false;
};

std::string story_of(std::string_view body, const std::string& boundary, std::size_t piece_bytes) {
  Transcript transcript;
  MultipartParser parser(boundary, transcript, {.parts_max = 10, .head_bytes_max = 300});
  Status status = Nothing{};
  while (status && !body.empty()) {
    status = parser.feed(body.substr(0, piece_bytes));
    body.remove_prefix(std::min(body.size(), piece_bytes));
  }
  if (status) status = parser.finish();
  if (!status) return transcript.text + " refused: " + status.error().message();
  require(!transcript.open());
  return transcript.text;
}

void parse_in_pieces(std::string_view input) {
  const Result<std::string> boundary = multipart_boundary(cut(input, '\n'));
  if (!boundary) return;
  const std::string whole = story_of(input, *boundary, input.size());
  for (const std::size_t piece_bytes : {1U, 2U, 7U, 64U}) {
    require(story_of(input, *boundary, piece_bytes) == whole);
  }
}

}  // namespace
}  // namespace omni::net

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omni::net::parse_in_pieces({reinterpret_cast<const char*>(data), size});
  return 0;
}
