#include "net/event_stream.h"

#include <algorithm>

#include "base/assert.h"
#include "base/strings.h"

namespace omni::net {
namespace {

bool is_one_line(std::string_view text) { return text.find_first_of("\r\n") == text.npos; }

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
  do {
    std::string_view line = cut(data, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    event.append("data: ").append(line).append("\n");
  } while (!data.empty());
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
