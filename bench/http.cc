// A line is collected until its LF and then understood by the state; bytes of a body or a chunk are
// only counted down.  Input comes from our own programs or through a proxy under test: a message
// that makes no sense never becomes `done`, and the load generator reports it.
#include "http.h"

#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "socket.h"

namespace omni::bench {
namespace {

constexpr std::size_t body_end_bytes = 64;  // that are kept

bool starts_with(const std::string& line, std::string_view name) {
  return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

}  // namespace

std::string make_request(std::string_view method_and_target, std::string_view fields,
                         std::string_view body) {
  std::string text(method_and_target);
  text.append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n")
      .append("Content-Type: application/json\r\nUser-Agent: bench/1.0\r\n")
      .append("X-Stainless-Lang: none\r\n")
      .append(fields)
      .append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
  return text;
}

std::string ask(std::uint16_t port, std::string_view request) {
  std::string answer;
  const int fd = connect_to(port);
  if (fd < 0) return answer;
  send(fd, request.data(), request.size(), MSG_NOSIGNAL);  // small: the kernel takes all of it
  std::array<char, 16384> piece{};
  for (MessageReader reader; !reader.done();) {
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    poll(&readable, 1, -1);
    const ssize_t got = recv(fd, piece.data(), piece.size(), 0);
    if (got < 0 && errno == EAGAIN) continue;
    if (got <= 0) break;
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    reader.feed(bytes);
    answer.append(bytes);
  }
  close(fd);
  return answer;
}

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
  body_end_.clear();
  line_.clear();
}

bool MessageReader::body_ends_with(std::string_view end) const { return body_end_.ends_with(end); }

std::size_t MessageReader::take_counted(std::string_view bytes) {
  std::size_t count = std::min(left_, bytes.size());
  left_ -= count;
  body_bytes_ += count;
  body_end_.append(
      bytes.substr(count - std::min(count, body_end_bytes), std::min(count, body_end_bytes)));
  if (body_end_.size() > body_end_bytes) body_end_.erase(0, body_end_.size() - body_end_bytes);
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
