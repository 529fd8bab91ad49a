#include "net/body_writer.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/assert.h"
#include "base/strings.h"

namespace omni::net {

void BodyWriter::begin(std::string head, Framing framing) {
  OMNI_ASSERT(!begun_);
  begun_ = true;
  head_ = std::move(head);
  framing_ = framing;
  if (framing.kind == Framing::Kind::chunked) {
    head_.append("transfer-encoding: chunked\r\n");
  } else if (framing.kind == Framing::Kind::length) {
    head_.append("content-length: ");
    append_number(head_, framing.length);
    head_.append("\r\n");
  }
  head_.append("\r\n");
}

Task<Status> BodyWriter::flush() {
  if (head_.empty()) co_return Nothing{};
  const std::string head = std::exchange(head_, {});
  const std::string_view piece = head;
  co_return co_await put({&piece, 1});
}

Task<Status> BodyWriter::write(std::string_view piece) {
  OMNI_ASSERT(begun_ && !finished_);
  return send(piece, {});
}

Task<Status> BodyWriter::finish(std::string_view last) {
  OMNI_ASSERT(begun_ && !finished_);
  finished_ = true;
  return send(last, framing_.kind == Framing::Kind::chunked ? "0\r\n\r\n" : "");
}

Task<Status> BodyWriter::send(std::string_view piece, std::string_view after) {
  if (omit_body_) piece = after = {};
  sent_ += piece.size();
  OMNI_ASSERT(framing_.kind != Framing::Kind::none || piece.empty());
  if (framing_.kind == Framing::Kind::length && !omit_body_) {
    // A body that is not as long as announced would shift every later message.
    OMNI_ASSERT(sent_ <= framing_.length && (!finished_ || sent_ == framing_.length));
  }
  std::array<char, 20> size_line;
  std::array<std::string_view, 5> pieces;
  std::size_t count = 0;
  const std::string head = std::exchange(head_, {});
  if (!head.empty()) pieces[count++] = head;
  const bool chunk = framing_.kind == Framing::Kind::chunked && !piece.empty();
  if (chunk) {
    char* end = std::to_chars(size_line.data(), size_line.data() + 16, piece.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    pieces[count++] = {size_line.data(), static_cast<std::size_t>(end - size_line.data())};
  }
  if (!piece.empty()) pieces[count++] = piece;
  if (chunk) pieces[count++] = "\r\n";
  if (!after.empty()) pieces[count++] = after;
  co_return co_await put({pieces.data(), count});
}

Task<Status> BodyWriter::put(std::span<const std::string_view> pieces) {
  failed_ = true;  // also if the task is not run to its end
  Status sent = co_await wire_.write(pieces, stall_);
  failed_ = !sent;
  co_return sent;
}

}  // namespace omni::net
