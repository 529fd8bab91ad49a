#include "net/event_stream.h"

#include <algorithm>

#include "base/assert.h"

namespace omni::net {
namespace {

bool breaks_line(char c) { return c == '\n' || c == '\r'; }

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), breaks_line);
}

/// A `data:` line for each line of `data`, also for the empty one behind a last line break.  CR, LF
/// and CRLF all end a line for a client, so none of them may pass as a part of one.
void append_data_lines(std::string& event, std::string_view data) {
  for (;;) {
    const auto end = std::find_if(data.begin(), data.end(), breaks_line);
    event.append("data: ").append(data.begin(), end).append("\n");
    if (end == data.end()) return;
    data.remove_prefix(static_cast<std::size_t>(end - data.begin()));
    data.remove_prefix(data.starts_with("\r\n") ? 2 : 1);
  }
}

}  // namespace

Status EventStream::begin(int status, OutFields fields) {
  fields.add("content-type", "text/event-stream")
      .add("cache-control", "no-cache")
      .add("x-accel-buffering", "no");
  return exchange_.begin(status, fields);
}

Task<Status> EventStream::send(std::string_view name, std::string_view data) {
  OMNI_ASSERT(is_one_line(name));
  std::string event;
  event.reserve(name.size() + data.size() + 32);
  if (!name.empty()) event.append("event: ").append(name).append("\n");
  append_data_lines(event, data);
  event.append("\n");
  co_return co_await exchange_.write(event);
}

Task<Status> EventStream::comment(std::string_view text) {
  OMNI_ASSERT(is_one_line(text));
  std::string line(": ");
  line.append(text).append("\n\n");
  co_return co_await exchange_.write(line);
}

Status LineStream::begin(int status, OutFields fields) {
  fields.add("content-type", "application/x-ndjson").add("cache-control", "no-cache");
  return exchange_.begin(status, fields);
}

Task<Status> LineStream::send(std::string_view json) {
  OMNI_ASSERT(is_one_line(json));
  std::string line(json);
  line.push_back('\n');
  co_return co_await exchange_.write(line);
}

}  // namespace omni::net
