#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace omni::bench {

/// A request with a body of JSON, as it goes over the wire.  `fields` are whole lines.
std::string make_request(std::string_view method_and_target, std::string_view fields,
                         std::string_view body);

/// Sends a request on a connection of its own; the whole answer, empty where nobody listens.
std::string ask(std::uint16_t port, std::string_view request);

/// Reads HTTP/1.1 messages of either direction as far as a benchmark needs: the start line and
/// the body's last bytes are kept, the rest is only counted.  It shares no code with the engine
/// under test, so that it can judge it.
class MessageReader {
 public:
  /// Consumes at most one message and says how many bytes that took.
  std::size_t feed(std::string_view bytes);

  bool done() const { return state_ == State::done; }
  const std::string& start_line() const { return start_line_; }
  std::size_t body_bytes() const { return body_bytes_; }
  bool body_ends_with(std::string_view end) const;

  /// Makes ready for the next message of the connection.
  void reset();

 private:
  enum class State { start, fields, fixed, chunk_size, chunk, chunk_end, trailer, done };

  std::size_t take_counted(std::string_view bytes);
  std::size_t take_text(std::string_view bytes);
  void end_of_line();
  void field();
  void end_of_head();

  State state_ = State::start;
  bool chunked_ = false;
  std::size_t left_ = 0;
  std::size_t body_bytes_ = 0;
  std::string body_end_;
  std::string line_;
  std::string start_line_;
};

}  // namespace omni::bench
