#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "store/sql/session.h"

namespace omni::store {

/// A database and the two threads that use it: one writes, one reads.  What waits to be written
/// when the writer comes round is written in one transaction, so a commit is shared by many; each
/// piece of work has a savepoint of its own, so one that fails takes nothing with it.
///
/// Done-functions run on those threads and must be quick.
class Database {
 public:
  using Work = std::function<Status(sql::Session&)>;
  using Done = std::function<void(Status)>;

  struct Options {
    std::size_t queue_max = 4096;  // of each thread
    std::size_t group_max = 256;
    /// Called by the writer when a group is committed or a maintenance is done, before anybody is
    /// told.  Where it fails, all of them are told that it is stored but not in force.
    Work committed;
  };

  /// Both sessions are of the same database.
  Database(std::unique_ptr<sql::Session> writer, std::unique_ptr<sql::Session> reader,
           Options options);
  /// Does what waits, then joins.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// `done` is told once the work is on disk, or why it is not.  A full queue tells at once.
  void write(Work work, Done done);
  /// The work may only look.  Sees what was committed when it starts.
  void read(Work work, Done done);
  /// Runs alone on the writer's thread and outside of any transaction: backup, restore, vacuum.
  void maintain(Work work, Done done);

  /// The same for threads that may wait, none of the two above: the start, the commands, tests.
  Status write_now(Work work);
  Status read_now(Work work);
  Status maintain_now(Work work);

 private:
  struct Job;
  class Queue;

  void run_writer();
  void run_reader();
  void write_group(std::vector<Job>& group);
  Status maintain_alone(const Work& work);
  Status tell_committed();

  std::unique_ptr<sql::Session> writer_, reader_;
  Options options_;
  std::unique_ptr<Queue> to_write_, to_read_;
  std::thread writing_, reading_;
};

}  // namespace omni::store
