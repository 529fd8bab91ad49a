#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/codec.h"
#include "net/loop.h"
#include "upstream/answer.h"

namespace omni::upstream {

/// An answer that is known before it is given: what is sent, when, and how it ends.
struct Played {
  struct Piece {
    Millis pause{0};  // before it
    std::string bytes;
  };
  /// Read to its end; nothing more comes and the connection stays; the connection breaks.
  enum class End : std::uint8_t { whole, silent, broken };

  int status = 200;
  std::vector<dialect::Header> fields;
  Millis head_pause{0};  // `net::forever`: no head ever comes
  std::vector<Piece> pieces;
  End end = End::whole;

  /// One piece of JSON.
  static Played json(int status, std::string body);
};

/// Plays it: an answer as it comes from a server, with its pauses.  Between pieces it waits in its
/// reader's scope, so it can be called off at any moment.
net::Task<Result<std::unique_ptr<Answer>>> play(Played played);

}  // namespace omni::upstream
