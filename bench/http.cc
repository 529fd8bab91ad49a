// A line is collected until its LF and then understood by the state; bytes of a body or a chunk are
// only counted down.  Input comes from our own programs or through a proxy under test: a message
// that makes no sense never becomes `done`, and the load generator reports it.
#include "http.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace omni::bench {
namespace {

bool starts_with(const std::string& line, std::string_view name) {
  return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

}  // namespace

std::size_t MessageReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !done()) {
    std::string_view rest = bytes.substr(used);
    bool counted = state_ == State::fixed || state_ == State::chunk;
    used += counted ? take_counted(rest) : take_text(rest);
  }
  return used;
}

void MessageReader::reset() {
  state_ = State::start;
  chunked_ = false;
  left_ = 0;
  body_bytes_ = 0;
  line_.clear();
}

std::size_t MessageReader::take_counted(std::string_view bytes) {
  std::size_t count = std::min(left_, bytes.size());
  left_ -= count;
  body_bytes_ += count;
  if (left_ == 0) state_ = chunked_ ? State::chunk_end : State::done;
  return count;
}

std::size_t MessageReader::take_text(std::string_view bytes) {
  std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    line_.append(bytes);
    return bytes.size();
  }
  line_.append(bytes.substr(0, end));
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  end_of_line();
  line_.clear();
  return end + 1;
}

void MessageReader::end_of_line() {
  switch (state_) {
    case State::start:
      start_line_ = line_;
      state_ = State::fields;
      break;
    case State::fields:
      line_.empty() ? end_of_head() : field();
      break;
    case State::chunk_size:
      left_ = std::strtoull(line_.c_str(), nullptr, 16);
      state_ = left_ == 0 ? State::trailer : State::chunk;
      break;
    case State::chunk_end:
      state_ = State::chunk_size;
      break;
    case State::trailer:
      if (line_.empty()) state_ = State::done;
      break;
    case State::fixed:
    case State::chunk:
    case State::done:
      break;
  }
}

void MessageReader::field() {
  constexpr std::string_view length = "content-length:";
  if (starts_with(line_, length)) left_ = std::strtoull(&line_[length.size()], nullptr, 10);
  if (starts_with(line_, "transfer-encoding: chunked")) chunked_ = true;
}

void MessageReader::end_of_head() {
  if (chunked_) {
    state_ = State::chunk_size;
  } else {
    state_ = left_ > 0 ? State::fixed : State::done;
  }
}

}  // namespace omni::bench
