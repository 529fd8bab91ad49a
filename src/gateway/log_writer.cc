#include "gateway/log_writer.h"

#include <utility>

namespace omni::gateway {

LogWriter::LogWriter(Sink sink) : LogWriter(std::move(sink), Options{}) {}

LogWriter::LogWriter(Sink sink, Options options)
    : sink_(std::move(sink)), options_(options), thread_([this] { run(); }) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  came_.notify_one();
  thread_.join();
}

void LogWriter::write(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > options_.bytes_max) {
      ++lost_;
      return;
    }
    waiting_.append(line);
    if (!std::exchange(idle_, false)) return;
  }
  came_.notify_one();
}

void LogWriter::run() {
  std::string lines;
  std::unique_lock lock(mutex_);
  for (;;) {
    idle_ = waiting_.empty();
    came_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    idle_ = false;
    if (waiting_.empty()) return;
    lines.clear();
    lines.swap(waiting_);
    say_what_was_lost(lines);
    lock.unlock();
    sink_(lines);
    lock.lock();
    came_.wait_for(lock, options_.rest, [this] { return closing_; });
  }
}

void LogWriter::say_what_was_lost(std::string& lines) {
  const std::uint64_t lost = std::exchange(lost_, 0);
  if (lost == 0) return;
  // As JSON whatever the form of the others is: readers of either can make something of it.
  lines.append(R"({"event":"log.lines_lost","lines":)").append(std::to_string(lost)).append("}\n");
}

}  // namespace omni::gateway
