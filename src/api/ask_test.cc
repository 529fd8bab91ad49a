#include "api/ask.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "net/task_group.h"
#include "net/test_net.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::api {
namespace {

using net::Task;

class AskTest : public ::testing::Test {
 protected:
  AskTest() {
    const auto session = *sql::open_sqlite(path_);
    EXPECT_TRUE(session->run_script("CREATE TABLE numbers (x BIGINT UNIQUE)"));
    database_ = std::make_unique<store::Database>(*sql::open_sqlite(path_),
                                                  *sql::open_sqlite(path_, {.read_only = true}),
                                                  store::Database::Options{.queue_max = 1});
  }

  /// Adds a number and gives how many there are then.
  static Result<std::int64_t> add(sql::Session& session, std::int64_t x) {
    Status added = session.run("INSERT INTO numbers (x) VALUES ($1)", {x});
    if (!added) return added.error();
    return count(session);
  }
  static Result<std::int64_t> count(sql::Session& session) {
    std::int64_t rows = 0;
    Status counted = session.run("SELECT count(*) FROM numbers", {},
                                 [&](const sql::Row& row) { rows = row.integer(0); });
    if (!counted) return counted.error();
    return rows;
  }

  store::TestFolder folder_;
  std::string path_ = folder_.file("numbers.sqlite");
  net::testing::World world_;
  std::unique_ptr<store::Database> database_;
};

TEST_F(AskTest, BringsBackWhatTheWorkFound) {
  world_.run([this]() -> Task<> {
    const std::thread::id here = std::this_thread::get_id();
    const auto first = co_await write_to(*database_, [](auto& session) { return add(session, 7); });
    EXPECT_EQ(*first, 1);
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(*co_await read_from(*database_, count), 1);
    const Status plain = co_await write_to(
        *database_, [](auto& session) { return session.run("DELETE FROM numbers"); });
    EXPECT_TRUE(plain);
  });
}

TEST_F(AskTest, BringsBackWhyItDidNotWork) {
  world_.run([this]() -> Task<> {
    const auto add_seven = [](sql::Session& session) { return add(session, 7); };
    EXPECT_TRUE(co_await write_to(*database_, add_seven));
    const auto again = co_await write_to(*database_, add_seven);
    EXPECT_EQ(again.error().kind(), Error::Kind::conflict);
    const auto read_only = co_await read_from(*database_, add_seven);
    EXPECT_FALSE(read_only);
  });
}

TEST_F(AskTest, BelievesTheEndAndNotTheWork) {
  world_.run([this]() -> Task<> {
    const auto breaks = [](sql::Session& session) -> Result<std::int64_t> {
      session.roll_back();  // the commit of the group will fail
      return 7;
    };
    EXPECT_FALSE(co_await write_to(*database_, breaks));
  });
}

TEST_F(AskTest, SaysAtOnceThatTheQueueIsFull) {
  world_.run([this]() -> Task<> {
    std::promise<void> held, release;
    net::TaskGroup group(world_.loops[0]);
    const auto hold = [&]() -> Task<> {
      const auto wait = [&held, go = release.get_future().share()](sql::Session&) -> Status {
        held.set_value();
        go.wait();
        return Nothing{};
      };
      EXPECT_TRUE(co_await read_from(*database_, wait));
    };
    const auto queue = [&]() -> Task<> { EXPECT_TRUE(co_await read_from(*database_, count)); };
    group.spawn(hold());
    held.get_future().wait();
    group.spawn(queue());
    const auto refused = co_await read_from(*database_, count);
    EXPECT_EQ(refused.error().kind(), Error::Kind::unavailable);
    release.set_value();
    EXPECT_TRUE(co_await group.drained());
  });
}

TEST_F(AskTest, WritesEvenIfTheTaskIsCalledOff) {
  world_.run([this]() -> Task<> {
    std::promise<void> held, release;
    net::TaskGroup group(world_.loops[0]);
    const auto write = [&]() -> Task<> {
      const auto slow = [&held, go = release.get_future().share()](sql::Session& session) {
        held.set_value();
        go.wait();
        return add(session, 7);
      };
      const auto dropped = co_await write_to(*database_, slow);
      EXPECT_EQ(dropped.error().kind(), Error::Kind::cancelled);
    };
    group.spawn(write());
    held.get_future().wait();
    group.cancel(Error(Error::Kind::cancelled, "the client left"));
    EXPECT_TRUE(co_await group.drained());
    release.set_value();
    EXPECT_TRUE(co_await write_to(*database_, [](auto& session) { return add(session, 8); }));
    EXPECT_EQ(*co_await read_from(*database_, count), 2);
  });
}

}  // namespace
}  // namespace omni::api
