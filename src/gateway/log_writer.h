#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"

namespace omni::gateway {

/// The way of a log's lines to whoever reads them: whoever writes one leaves it here and goes on,
/// and a thread takes all that wait in one piece.  So a busy time costs no call of the system for
/// each line, and a reader that does not read holds up nobody.  Safe from any thread.
///
///     LogWriter writer(write_to_stderr);
///     Log log(clock, {}, [&](std::string_view line) { writer.write(line); });
class LogWriter {
 public:
  using Sink = std::function<void(std::string_view lines)>;
  struct Options {
    /// What may wait; lines beyond that are lost, and it is told how many.
    std::size_t bytes_max = std::size_t{4} << 20;
    /// How long the thread rests after a piece, so that lines come together in the next one.  After
    /// a quiet time a line goes out at once.
    Millis rest{10};
  };

  // Two constructors, for Options{} can be no default argument inside its own class.
  explicit LogWriter(Sink sink);
  LogWriter(Sink sink, Options options);
  /// Everything that waits goes out first.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void write(std::string_view line);

 private:
  void run();
  void say_what_was_lost(std::string& lines);

  const Sink sink_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::string waiting_;
  std::uint64_t lost_ = 0;  // since the last piece
  bool idle_ = false;       // the thread waits for a line
  bool closing_ = false;
  std::thread thread_;  // the last member: it runs as soon as it is there
};

}  // namespace omni::gateway
