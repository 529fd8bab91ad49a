// The byte lane: a digit for the dialect, a byte for how the bytes are cut up, and what a client
// sends or a provider streams.

#include <algorithm>
#include <string>
#include <string_view>

#include "dialect/lane.h"
#include "dialect/tap.h"
#include "json/envelope.h"
#include "target.h"

namespace omni::fuzz {
namespace {

using chat::Dialect;
using dialect::Seen;

struct Tapped {
  std::string out;
  Seen seen;
};

Tapped tap(Dialect dialect, std::string_view bytes, std::size_t cut_by) {
  dialect::ReplyStyle style;
  style.include_usage = true;
  dialect::Tap tap(dialect, style);
  Tapped tapped;
  while (!bytes.empty()) {
    const std::string piece(bytes.substr(0, cut_by));  // a copy, so that no view may outlive it
    bytes.remove_prefix(piece.size());
    tap.feed(piece, tapped.out);
  }
  tap.finish(tapped.out);
  tapped.seen = tap.seen();
  return tapped;
}

/// Whatever is no failure goes by to the byte, however it is cut up; a failure is told.
void answer(Dialect dialect, std::string_view bytes, std::size_t cut_by) {
  const Tapped whole = tap(dialect, bytes, std::max<std::size_t>(bytes.size(), 1));
  const Tapped pieces = tap(dialect, bytes, cut_by);
  require(whole.seen.failure.has_value() == pieces.seen.failure.has_value());
  require(whole.seen.finish == pieces.seen.finish);
  require(whole.seen.content == pieces.seen.content);
  require(whole.seen.model == pieces.seen.model);
  require(whole.seen.ended && pieces.seen.ended);
  if (whole.seen.failure) {
    require(!whole.out.empty() && !pieces.out.empty());
  } else {
    require(whole.out == bytes && pieces.out == bytes);
  }
}

/// What goes out is an object again, with the model of the hints where the dialect has a place for
/// it, and says the same when it is forwarded again.
void question(Dialect dialect, std::string_view body) {
  dialect::EncodeHints hints;
  hints.model = "m\"";
  hints.stream = hints.want_usage = hints.completion_token_limit = true;
  const auto out =
      dialect::forward_request(dialect, {"/v1beta/models/x:generateContent", body}, hints);
  require(json::Envelope::scan(body).operator bool() == out.operator bool());
  if (!out) return;
  const auto sent = json::Envelope::scan(out->body);
  require(sent.operator bool());
  const auto* const model = sent->find("model");
  if (dialect != Dialect::gemini) require(model != nullptr && model->value == R"("m\"")");
  const auto again = dialect::forward_request(dialect, {out->path, out->body}, hints);
  require(again && again->body == out->body);
}

}  // namespace
}  // namespace omni::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.size() < 2) return 0;
  const auto& dialects = omni::chat::all_dialects;
  const omni::chat::Dialect dialect =
      dialects[static_cast<unsigned char>(bytes[0] - '0') % dialects.size()];
  const std::size_t cut_by = 1 + static_cast<unsigned char>(bytes[1]) % 32;
  bytes.remove_prefix(2);
  omni::fuzz::question(dialect, bytes);
  omni::fuzz::answer(dialect, bytes, cut_by);
  return 0;
}
