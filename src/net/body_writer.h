#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/head.h"
#include "net/wire.h"

namespace omni::net {

/// Sends one message.  The framing is always made here, never passed on from another message, and
/// the head leaves together with the first bytes of the body.
class BodyWriter {
 public:
  BodyWriter(Wire& wire, Millis stall) : wire_(wire), stall_(stall) {}

  /// `head` ends with the last field's CRLF; framing fields and the empty line are added to it.
  void begin(std::string head, Framing framing);
  /// For an answer to HEAD: the head says what a body would be, and none is sent.
  void omit_body() { omit_body_ = true; }
  bool begun() const { return begun_; }
  bool finished() const { return finished_; }
  /// A write failed: where in the message the peer stands is not known any more.
  bool failed() const { return failed_; }
  Framing::Kind framing() const { return framing_.kind; }

  /// Sends the head now, if it has not left yet.
  Task<Status> flush();
  Task<Status> write(std::string_view piece);
  /// Sends `last` and what ends the body.
  Task<Status> finish(std::string_view last = {});

 private:
  Task<Status> send(std::string_view piece, std::string_view after);
  Task<Status> put(std::span<const std::string_view> pieces);

  Wire& wire_;
  Millis stall_;
  std::string head_;
  Framing framing_;
  std::uint64_t sent_ = 0;
  bool omit_body_ = false;
  bool begun_ = false;
  bool finished_ = false;
  bool failed_ = false;
};

}  // namespace omni::net
