#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "store/body_files.h"
#include "store/usage_log.h"

namespace omni::store {

/// What two sides have said to each other, or the beginning of it.
struct Bodies {
  struct Body {
    std::string text;
    std::uint64_t bytes = 0;  // before anything was cut off or hidden

    bool is_cut(std::size_t bytes_max) const { return bytes > bytes_max; }
  };
  Body request, answer;
};

/// The way of bodies to disk, and of the rows of their requests into the log after them: a thread
/// of its own hides secrets, cuts, compresses and writes.  Whoever leaves something here goes on.
/// Bodies that find no room are dropped; their rows are not, and say so.
class BodyLog {
 public:
  struct Options {
    BodyFiles::Options files;
    std::size_t waiting_bytes_max = std::size_t{32} << 20;
  };
  /// Of each body is kept so much.
  static constexpr std::size_t body_bytes_max = std::size_t{256} << 10;
  /// What is beyond is not looked at: enough for a secret that stands where the body is cut.
  static constexpr std::size_t body_bytes_taken = body_bytes_max + (std::size_t{8} << 10);

  struct Entry {
    CallRow row;
    Bodies bodies;
    std::vector<Secret> secrets;  // that are not to be kept
  };

  BodyLog(const UsageLog::Surroundings& surroundings, UsageLog& calls, Options options);
  /// Writes what waits.
  ~BodyLog();
  BodyLog(const BodyLog&) = delete;
  BodyLog& operator=(const BodyLog&) = delete;

  void append(Entry entry);
  std::uint64_t dropped() const { return dropped_; }
  Result<Bodies> read(const BodyFiles::Place& place) const;
  BodyFiles& files() { return files_; }
  const BodyFiles& files() const { return files_; }

 private:
  void run();
  void keep(Entry entry);
  void note(const Result<BodyFiles::Place>& written);

  const Log& log_;
  UsageLog& calls_;
  const Options options_;
  BodyFiles files_;
  std::atomic<std::uint64_t> dropped_ = 0;
  bool failing_ = false;  // the thread's
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool closing_ = false;
  std::thread writing_;
};

}  // namespace omni::store
