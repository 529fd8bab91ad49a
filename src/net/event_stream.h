#pragma once

#include <string_view>

#include "net/exchange.h"

namespace omni::net {

/// Answers with server-sent events.  Each send is one write; an intermediary that buffers is asked
/// not to.
class EventStream {
 public:
  explicit EventStream(Exchange& exchange) : exchange_(exchange) {}

  Status begin(int status, OutFields fields = {});
  /// `name` may be empty; the data may have several lines.
  Task<Status> send(std::string_view name, std::string_view data);
  /// A line that clients ignore and that keeps connections open.
  Task<Status> comment(std::string_view text);
  /// Events that are in wire form already.
  Task<Status> send_raw(std::string_view events) { return exchange_.write(events); }
  Task<Status> finish() { return exchange_.finish(); }

 private:
  Exchange& exchange_;
};

/// Answers with one JSON document a line.
class LineStream {
 public:
  explicit LineStream(Exchange& exchange) : exchange_(exchange) {}

  Status begin(int status, OutFields fields = {});
  /// `json` holds no line break, as json::Writer's output never does.
  Task<Status> send(std::string_view json);
  Task<Status> finish() { return exchange_.finish(); }

 private:
  Exchange& exchange_;
};

}  // namespace omni::net
