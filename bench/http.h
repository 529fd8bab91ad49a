#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omni::bench {

/// Reads HTTP/1.1 messages of either direction as far as a benchmark needs: the start line is kept,
/// the body is only counted.  It shares no code with the engine under test, so that it can judge
/// it.
class MessageReader {
 public:
  /// Consumes at most one message and says how many bytes that took.
  std::size_t feed(std::string_view bytes);

  bool done() const { return state_ == State::done; }
  const std::string& start_line() const { return start_line_; }
  std::size_t body_bytes() const { return body_bytes_; }

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
  std::string line_;
  std::string start_line_;
};

}  // namespace omni::bench
