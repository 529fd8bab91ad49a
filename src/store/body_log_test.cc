#include "store/body_log.h"

#include <gtest/gtest.h>

#include "store/calls.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::store {
namespace {

class BodyLogTest : public testing::Test {
 protected:
  BodyLogTest() {
    const std::string path = folder_.file("usage.sqlite");
    EXPECT_TRUE(migrate(**sql::open_sqlite(path), migrations_of("usage")));
    database_ = std::make_unique<Database>(
        *sql::open_sqlite(path), *sql::open_sqlite(path, {.read_only = true}), Database::Options{});
    usage_ = std::make_unique<UsageLog>(with(), UsageLog::Options{});
  }
  UsageLog::Surroundings with() { return {*database_, clock_, log_}; }
  void start(std::size_t waiting_bytes_max = 1 << 20) {
    bodies_ =
        std::make_unique<BodyLog>(with(), *usage_,
                                  BodyLog::Options{.files = {.folder = folder_.file("bodies")},
                                                   .waiting_bytes_max = waiting_bytes_max});
  }
  static BodyLog::Entry entry(std::string request, std::string answer) {
    BodyLog::Entry entry;
    entry.row.request_id = "r";
    entry.bodies.request = {.text = request, .bytes = request.size()};
    entry.bodies.answer = {.text = answer, .bytes = answer.size()};
    return entry;
  }
  /// Ends both logs.
  CallRow stored() {
    bodies_.reset();
    usage_.reset();
    CallRow row;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) -> Status {
      auto found = find_call(session, "r");
      EXPECT_TRUE(found && *found);
      if (found && *found) row = **found;
      return Nothing{};
    }));
    return row;
  }

  TestFolder folder_;
  ManualClock clock_{from_millis(1'800'000'000'000)};
  std::string lines_;
  Log log_{clock_, {}, [this](std::string_view line) { lines_ += line; }};
  std::unique_ptr<Database> database_;
  std::unique_ptr<UsageLog> usage_;
  std::unique_ptr<BodyLog> bodies_;
};

TEST_F(BodyLogTest, KeepsBothSidesAndTellsTheRowWhere) {
  start();
  bodies_->append(entry("question", "answer"));
  const CallRow row = stored();
  usage_ = std::make_unique<UsageLog>(with(), UsageLog::Options{});
  start();
  const auto bodies = bodies_->read(row.bodies);
  ASSERT_TRUE(bodies);
  EXPECT_EQ(bodies->request.text, "question");
  EXPECT_EQ(bodies->answer.text, "answer");
  EXPECT_EQ(bodies->answer.bytes, 6U);
}

TEST_F(BodyLogTest, HidesSecretsAlsoWhereABodyIsCut) {
  start();
  std::string request(BodyLog::body_bytes_max - 8, 'x');
  request += "sk-12345-of-a-client-and-much-more";
  BodyLog::Entry made = entry(request, R"({"authorization":"t","say":"sk-of-provider"})");
  made.secrets = {Secret("sk-12345-of-a-client"), Secret("sk-of-provider")};
  made.bodies.request.bytes = 9'000'000;
  bodies_->append(std::move(made));
  const CallRow row = stored();
  usage_ = std::make_unique<UsageLog>(with(), UsageLog::Options{});
  start();
  const auto bodies = bodies_->read(row.bodies);
  ASSERT_TRUE(bodies);
  EXPECT_EQ(bodies->request.text.size(), BodyLog::body_bytes_max);
  EXPECT_TRUE(bodies->request.text.ends_with("xxx***-and-"));
  EXPECT_TRUE(bodies->request.is_cut(BodyLog::body_bytes_max));
  EXPECT_FALSE(bodies->answer.is_cut(BodyLog::body_bytes_max));
  EXPECT_EQ(bodies->answer.text, R"({"authorization":"***","say":"***"})");
}

TEST_F(BodyLogTest, WhatFindsNoRoomIsDroppedAndCountedAndItsRowSaysSo) {
  start(3);
  bodies_->append(entry("question", "answer"));
  EXPECT_EQ(bodies_->dropped(), 1U);
  EXPECT_EQ(stored().bodies.segment, BodyFiles::missing);
}

TEST_F(BodyLogTest, TheWayOfARequestTakesRoomLikeItsBodies) {
  start(4000);
  BodyLog::Entry made = entry("question", "answer");
  made.row.trace = std::string(4000, 't');
  bodies_->append(std::move(made));
  EXPECT_EQ(bodies_->dropped(), 1U);
}

TEST_F(BodyLogTest, WhatCannotBeWrittenIsSaidOnceAndItsRowIsKept) {
  write_file(folder_.file("bodies"), "no folder");
  start();
  bodies_->append(entry("a", "b"));
  bodies_->append(entry("a", "b"));
  EXPECT_EQ(stored().bodies.segment, BodyFiles::missing);
  const std::size_t said = lines_.find("bodies_not_kept");
  ASSERT_NE(said, std::string::npos);
  EXPECT_EQ(lines_.find("bodies_not_kept", said + 1), std::string::npos);
}

}  // namespace
}  // namespace omni::store
