#include "store/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

Database::Work add(std::int64_t x) {
  return [x](sql::Session& session) {
    return session.run("INSERT INTO numbers (x) VALUES ($1)", {x});
  };
}

Database::Work fail(std::int64_t x) {
  return [x](sql::Session& session) -> Status {
    if (const Status added = add(x)(session); !added) return added;
    return Error(Error::Kind::bad_request, "thought better of it");
  };
}

void ignore(Status) {}

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    const auto session = *sql::open_sqlite(path_);
    EXPECT_TRUE(session->run_script("CREATE TABLE numbers (x BIGINT UNIQUE)"));
  }
  /// Its writer stands still until `release` is called.
  void start(Database::Options options = {}) {
    database_ = std::make_unique<Database>(*sql::open_sqlite(path_),
                                           *sql::open_sqlite(path_, {.read_only = true}),
                                           std::move(options));
  }
  void hold_writer() {
    std::promise<void> held;
    database_->maintain(
        [&held, go = release_.get_future().share()](sql::Session&) -> Status {
          held.set_value();
          go.wait();
          return Nothing();
        },
        ignore);
    held.get_future().wait();
  }
  void release() { release_.set_value(); }
  std::int64_t ask(const std::string& statement) {
    std::int64_t answer = -1;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) {
      return session.run(statement, {}, [&](const sql::Row& row) { answer = row.integer(0); });
    }));
    return answer;
  }
  std::int64_t count() { return ask("SELECT count(*) FROM numbers"); }

  TestFolder folder_;
  std::string path_ = folder_.file("numbers.sqlite");
  std::promise<void> release_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, HasWrittenWhatItSays) {
  start();
  ASSERT_TRUE(database_->write_now(add(1)));
  EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, WritesWhatWaitsInOneTransaction) {
  std::atomic<int> commits = 0;
  start({.committed = [&](sql::Session&) -> Status {
    ++commits;
    return Nothing();
  }});
  hold_writer();
  std::promise<void> done;
  for (int i = 0; i < 99; ++i) database_->write(add(i), ignore);
  database_->write(add(99), [&](Status) { done.set_value(); });
  release();
  done.get_future().wait();
  EXPECT_EQ(count(), 100);
  EXPECT_EQ(commits, 2);  // of the maintenance that held the writer, and of the group
}

TEST_F(DatabaseTest, LosesOnlyTheWorkThatFailed) {
  start();
  hold_writer();
  std::promise<Status> failed, broken;
  database_->write(add(1), ignore);
  database_->write(fail(2), [&](Status status) { failed.set_value(std::move(status)); });
  database_->write(add(1), [&](Status status) { broken.set_value(std::move(status)); });
  database_->write(add(3), ignore);
  release();
  const Status why_failed = failed.get_future().get();
  ASSERT_FALSE(why_failed);
  EXPECT_EQ(why_failed.error().message(), "thought better of it");
  const Status why_broken = broken.get_future().get();
  ASSERT_FALSE(why_broken);
  EXPECT_EQ(why_broken.error().kind(), Error::Kind::conflict);
  EXPECT_EQ(ask("SELECT sum(x) FROM numbers"), 4);
}

TEST_F(DatabaseTest, TellsWhatAWorkThrows) {
  start();
  const Status thrown =
      database_->write_now([](sql::Session&) -> Status { throw Bug("assertion failed: x"); });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind(), Error::Kind::internal);
  EXPECT_TRUE(database_->write_now(add(1)));
}

TEST_F(DatabaseTest, CallsCommittedBeforeAnybodyIsToldAndNotForAFailure) {
  std::atomic<int> seen = 0;
  start({.committed = [&](sql::Session& session) {
    return session.run("SELECT count(*) FROM numbers", {},
                       [&](const sql::Row& row) { seen = static_cast<int>(row.integer(0)); });
  }});
  ASSERT_TRUE(database_->write_now(add(7)));
  EXPECT_EQ(seen, 1);
  seen = -1;
  EXPECT_FALSE(database_->write_now(fail(8)));
  EXPECT_EQ(seen, -1);
}

TEST_F(DatabaseTest, SaysThatWhatIsStoredIsNotInForceWhereThatFailed) {
  for (const bool throws : {false, true}) {
    start({.committed = [throws](sql::Session&) -> Status {
      if (throws) throw std::runtime_error("out of order");
      return Error(Error::Kind::internal, "out of order");
    }});
    const Status told = database_->write_now(add(throws ? 1 : 0));
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().message(), "it is stored, but not in force: out of order");
    const Status maintained =
        database_->maintain_now([](sql::Session&) -> Status { return Nothing(); });
    ASSERT_FALSE(maintained);
    EXPECT_EQ(maintained.error().message(), told.error().message());
  }
  EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseTest, TellsEveryMemberOfAGroupThatTheDiskIsFull) {
  start();
  ASSERT_TRUE(database_->maintain_now(
      [](sql::Session& session) { return session.run("PRAGMA max_page_count = 20"); }));
  hold_writer();
  std::vector<std::promise<Status>> told(3);
  const auto tell = [&](std::size_t i) {
    return [&told, i](Status status) { told[i].set_value(std::move(status)); };
  };
  database_->write(add(1), tell(0));
  database_->write(
      [](sql::Session& session) -> Status {
        // One that looks away must not make the others believe that they were stored.
        static_cast<void>(session.run("INSERT INTO numbers VALUES (randomblob(200000))"));
        return Nothing();
      },
      tell(1));
  database_->write(add(3), tell(2));
  release();
  for (auto& promise : told) {
    const Status status = promise.get_future().get();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind(), Error::Kind::unavailable);
  }
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(database_->write_now(add(1)));
  EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, TellsAtOnceThatItsQueueIsFull) {
  start({.queue_max = 2});
  hold_writer();
  database_->write(add(1), ignore);
  database_->write(add(2), ignore);
  bool told = false;
  database_->write(add(3), [&](Status status) {
    told = true;
    EXPECT_FALSE(status);
  });
  EXPECT_TRUE(told);
  release();
}

TEST_F(DatabaseTest, FinishesWhatWaitsBeforeItGoes) {
  start();
  hold_writer();
  std::atomic<int> told = 0;
  for (int i = 0; i < 1000; ++i) {
    database_->write(add(i), [&](Status status) { told += status ? 1 : 0; });
  }
  release();
  database_.reset();
  EXPECT_EQ(told, 1000);
  start();
  EXPECT_EQ(count(), 1000);
}

TEST_F(DatabaseTest, MaintainsOutsideOfAnyTransactionInItsTurn) {
  start();
  hold_writer();
  database_->write(add(1), ignore);
  std::promise<Status> vacuumed;
  database_->maintain([](sql::Session& session) { return session.run("VACUUM"); },
                      [&](Status status) { vacuumed.set_value(std::move(status)); });
  database_->write(add(2), ignore);
  release();
  EXPECT_TRUE(vacuumed.get_future().get());
  ASSERT_TRUE(database_->write_now(add(3)));
  EXPECT_EQ(count(), 3);
}

TEST_F(DatabaseTest, LetsReadersLookOnly) {
  start();
  EXPECT_FALSE(database_->read_now(add(1)));
}

TEST_F(DatabaseTest, ServesManyThreads) {
  start();
  std::atomic<int> stored = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        stored += database_->write_now(add(thread * 100 + i)) ? 1 : 0;
        EXPECT_GT(count(), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 200);
  EXPECT_EQ(count(), 200);
}

}  // namespace
}  // namespace omni::store
