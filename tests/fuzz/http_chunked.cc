// Takes the chunk framing off any bytes.  However they arrive, the same body comes out, the end is
// found at the same place, and what is refused is refused.

#include <algorithm>
#include <string>

#include "net/chunk_decoder.h"
#include "target.h"

namespace omni::net {
namespace {

using fuzz::require;

struct Outcome {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  bool refused = false;

  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view text, std::size_t step) {
  ChunkDecoder decoder;
  Outcome outcome;
  std::size_t here = 0;  // how much has come
  while (!decoder.done()) {
    if (outcome.consumed == here) {
      if (here == text.size()) return outcome;
      here = std::min(here + step, text.size());
    }
    const Result<ChunkDecoder::Piece> piece =
        decoder.next(text.substr(outcome.consumed, here - outcome.consumed));
    if (!piece) {
      require(!decoder.done() && !decoder.next("0\r\n\r\n"));
      outcome.refused = true;
      outcome.consumed = 0;  // how far it came before the fault depends on the split
      return outcome;
    }
    require(piece->consumed > 0 && piece->consumed <= here - outcome.consumed);
    outcome.consumed += piece->consumed;
    // What is lent lies in the input, at the end of what was consumed.
    if (!piece->data.empty()) {
      require(piece->data.data() + piece->data.size() == text.data() + outcome.consumed);
    }
    outcome.body.append(piece->data);
  }
  outcome.done = true;
  return outcome;
}

void decode_any_split(std::string_view text) {
  const Outcome whole = decode(text, text.size() + 1);
  for (const std::size_t step : {1U, 2U, 7U, 64U}) require(decode(text, step) == whole);
  require(whole.body.size() <= text.size());
  if (!whole.done) return;
  require(text.substr(0, whole.consumed).ends_with("\r\n\r\n"));
  // Nothing beyond the end has a say.
  require(decode(text.substr(0, whole.consumed), text.size() + 1) == whole);
}

}  // namespace
}  // namespace omni::net

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omni::net::decode_any_split({reinterpret_cast<const char*>(data), size});
  return 0;
}
