#include "store/database.h"

#include <exception>
#include <future>
#include <iterator>
#include <optional>
#include <utility>

namespace omni::store {

struct Database::Job {
  enum class Kind : std::uint8_t { shared, alone };

  Work work;
  Done done;
  Kind kind = Kind::shared;
  Status status = Nothing();
};

/// What waits for one thread.  Bounded: a job that does not fit is told so by whoever brings it.
class Database::Queue {
 public:
  explicit Queue(std::size_t max) : max_(max) {}

  void add(Job job) {
    if (const auto why = try_add(job)) job.done(*why);
  }

  /// Waits for jobs and takes those that may share a transaction, in their order; one that wants to
  /// be alone comes alone.  None when the queue is closed and empty.
  std::vector<Job> take(std::size_t max) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    std::size_t count = 0;
    while (count < jobs_.size() && count < max && jobs_[count].kind == Job::Kind::shared) ++count;
    if (count == 0 && !jobs_.empty()) count = 1;
    const auto end = jobs_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Job> taken(std::make_move_iterator(jobs_.begin()), std::make_move_iterator(end));
    jobs_.erase(jobs_.begin(), end);
    return taken;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

 private:
  std::optional<Error> try_add(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Error(Error::Kind::unavailable, "the database is closing");
      if (jobs_.size() >= max_) {
        return Error(Error::Kind::unavailable, "too much is waiting for the database");
      }
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return std::nullopt;
  }

  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool closed_ = false;
};

namespace {

/// Work is code of others: what it throws ends it alone.
Status run_work(const Database::Work& work, sql::Session& session) {
  try {
    return work(session);
  } catch (const std::exception& error) {
    return Error(Error::Kind::internal, error.what());
  }
}

/// A failed work leaves the group's transaction as it was before; only if that fails too is the
/// transaction itself gone, and the returned status says so.
Status run_in_savepoint(const Database::Work& work, sql::Session& session, Status& outcome) {
  if (Status begun = session.run("SAVEPOINT work"); !begun) return begun;
  outcome = run_work(work, session);
  if (!outcome) {
    if (const Status undone = session.run("ROLLBACK TO SAVEPOINT work"); !undone) return outcome;
  }
  return session.run("RELEASE SAVEPOINT work");
}

/// Starts the work with `done` that fulfils a promise, and waits for it.
Status wait_for(const std::function<void(Database::Done)>& start) {
  std::promise<Status> promise;
  start([&promise](Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

}  // namespace

Database::Database(std::unique_ptr<sql::Session> writer, std::unique_ptr<sql::Session> reader,
                   Options options)
    : writer_(std::move(writer)),
      reader_(std::move(reader)),
      options_(std::move(options)),
      to_write_(std::make_unique<Queue>(options_.queue_max)),
      to_read_(std::make_unique<Queue>(options_.queue_max)),
      writing_([this] { run_writer(); }),
      reading_([this] { run_reader(); }) {}

Database::~Database() {
  to_write_->close();
  to_read_->close();
  writing_.join();
  reading_.join();
}

void Database::write(Work work, Done done) {
  to_write_->add({.work = std::move(work), .done = std::move(done)});
}

void Database::read(Work work, Done done) {
  to_read_->add({.work = std::move(work), .done = std::move(done)});
}

void Database::maintain(Work work, Done done) {
  to_write_->add({.work = std::move(work), .done = std::move(done), .kind = Job::Kind::alone});
}

Status Database::write_now(Work work) {
  return wait_for([&](Done done) { write(std::move(work), std::move(done)); });
}

Status Database::read_now(Work work) {
  return wait_for([&](Done done) { read(std::move(work), std::move(done)); });
}

Status Database::maintain_now(Work work) {
  return wait_for([&](Done done) { maintain(std::move(work), std::move(done)); });
}

void Database::run_writer() {
  for (;;) {
    std::vector<Job> group = to_write_->take(options_.group_max);
    if (group.empty()) return;
    if (group.front().kind == Job::Kind::alone) {
      group.front().status = maintain_alone(group.front().work);
    } else {
      write_group(group);
    }
    for (Job& job : group) job.done(std::move(job.status));
  }
}

void Database::write_group(std::vector<Job>& group) {
  Status whole = writer_->begin();
  bool changed = false;
  for (std::size_t i = 0; whole && i < group.size(); ++i) {
    whole = run_in_savepoint(group[i].work, *writer_, group[i].status);
    changed |= static_cast<bool>(group[i].status);
  }
  if (whole && changed) whole = writer_->commit();
  if (!whole || !changed) {
    writer_->roll_back();
  } else {
    whole = tell_committed();
  }
  if (whole) return;
  for (Job& job : group) {
    if (job.status) job.status = whole;
  }
}

Status Database::maintain_alone(const Work& work) {
  Status status = run_work(work, *writer_);
  writer_->roll_back();
  return status ? tell_committed() : status;
}

Status Database::tell_committed() {
  if (!options_.committed) return Nothing();
  Status told = run_work(options_.committed, *writer_);
  if (told) return told;
  return Error(Error::Kind::internal, "it is stored, but not in force: " + told.error().message());
}

void Database::run_reader() {
  for (;;) {
    std::vector<Job> jobs = to_read_->take(1);
    if (jobs.empty()) return;
    Job& job = jobs.front();
    job.status = reader_->begin();
    if (job.status) job.status = run_work(job.work, *reader_);
    reader_->roll_back();
    job.done(std::move(job.status));
  }
}

}  // namespace omni::store
