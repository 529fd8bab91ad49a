#include "recall/archive.h"

#include <gtest/gtest.h>

#include <future>

#include "recall/recall.h"
#include "store/migrations.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni::recall {
namespace {

using namespace std::chrono_literals;

class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() { begin(); }
  ~ArchiveTest() override { end(); }

  void begin(Archive::Limits limits = {
                 .entries_max = 100, .bytes_max = 100'000, .answer_bytes_max = 1000}) {
    const std::string path = folder_.file("usage.sqlite");
    auto writer = *sql::open_sqlite(path);
    EXPECT_TRUE(store::migrate(*writer, store::migrations_of("usage")));
    database_ = std::make_unique<store::Database>(
        std::move(writer), *sql::open_sqlite(path, {.read_only = true}), options_);
    archive_ = std::make_unique<Archive>(clock_, limits);
    EXPECT_TRUE(archive_->follow(*database_));
  }
  void end() {
    database_.reset();
    archive_.reset();
  }
  void keep(const std::string& print, Millis lifetime = 1h, std::size_t bytes = 100) {
    Answer answer{.id = "id of " + print, .model = "ch/m", .cost_nano = 7, .bytes = bytes};
    answer.reply.usage.emplace().output_text = 5;
    archive_->keep(print, std::make_shared<const Answer>(answer), lifetime);
  }
  /// Until all that waits is written, and what that has started.
  void settle() {
    for (int i = 0; i < 20; ++i) write([](sql::Session&) { return Status(Nothing{}); });
  }
  void write(const store::Database::Work& work) { EXPECT_TRUE(database_->write_now(work)); }
  std::optional<Kept> find(const std::string& print) {
    std::promise<std::optional<Kept>> told;
    archive_->find(print, [&](std::optional<Kept> kept) { told.set_value(std::move(kept)); });
    return told.get_future().get();
  }
  /// Their prints, the newest first.
  std::string all() {
    std::string prints;
    EXPECT_TRUE(database_->read_now([&](sql::Session& session) -> Status {
      const auto all = archive_->all(session);
      if (!all) return all.error();
      for (const Shown& shown : *all) prints += shown.print;
      return Nothing{};
    }));
    return prints;
  }

  store::TestFolder folder_;
  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  store::Database::Options options_{};
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<store::Database> database_;
};

TEST_F(ArchiveTest, HasWhatWasKeptAfterARestart) {
  keep("a");
  EXPECT_FALSE(archive_->has("b"));
  end();
  begin();
  EXPECT_TRUE(archive_->has("a"));
  EXPECT_FALSE(archive_->has("b"));
  EXPECT_EQ(archive_->counts().entries, 1U);
  EXPECT_GT(archive_->counts().bytes, 0U);
  const auto kept = find("a");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->answer->id, "id of a");
  EXPECT_EQ(kept->answer->cost_nano, 7);
  EXPECT_EQ(kept->shown.print + kept->shown.model, "ach/m");
  EXPECT_EQ(kept->shown.expires, clock_.wall() + 1h);
  EXPECT_FALSE(find("b"));
}

TEST_F(ArchiveTest, HasNothingToTellOfWhatIsOver) {
  keep("a", 5s);
  keep("b", 0s);
  settle();
  clock_.advance(4999ms);
  EXPECT_TRUE(find("a"));
  clock_.advance(1ms);
  EXPECT_FALSE(find("a"));
  EXPECT_EQ(all(), "");
  EXPECT_FALSE(archive_->has("b")) << "it was never to be told again";
  EXPECT_TRUE(archive_->has("a"));
  archive_->sweep();
  settle();
  EXPECT_FALSE(archive_->has("a"));
  EXPECT_EQ(archive_->counts().bytes, 0U);
}

TEST_F(ArchiveTest, OfMoreThanItMayHaveTheOldestGo) {
  end();
  begin({.entries_max = 3, .bytes_max = 100'000, .answer_bytes_max = 1000});
  for (const char* print : {"a", "b", "c", "d", "e"}) {
    keep(print);
    clock_.advance(1s);
  }
  settle();
  EXPECT_EQ(all(), "edc");
  EXPECT_EQ(archive_->counts().entries, 3U);
  EXPECT_FALSE(archive_->has("b"));
}

TEST_F(ArchiveTest, BytesAreBounded) {
  keep("a");
  settle();
  const std::size_t each = archive_->counts().bytes;
  end();
  begin({.entries_max = 100, .bytes_max = 4 * each, .answer_bytes_max = 1000});
  for (const char* print : {"b", "c", "d", "e", "f"}) {
    clock_.advance(1s);
    keep(print);
  }
  keep("g", 1h, 1001);
  settle();
  EXPECT_EQ(all(), "fed");
  EXPECT_EQ(archive_->counts().bytes, 3 * each);
  EXPECT_FALSE(archive_->has("g")) << "one alone may not fill it";
}

TEST_F(ArchiveTest, IsSweptInSmallSteps) {
  end();
  begin({.entries_max = 1000, .bytes_max = 1'000'000, .answer_bytes_max = 1000});
  for (int i = 0; i < 450; ++i) keep("p" + std::to_string(i), 5s);
  keep("stays", 1h);
  clock_.advance(5s);
  archive_->sweep();
  settle();
  EXPECT_EQ(archive_->counts().entries, 1U);
  EXPECT_EQ(all(), "stays");
}

TEST_F(ArchiveTest, ThatMayHaveNothingKeepsNothingAndDeletesWhatThereWas) {
  keep("a");
  end();
  begin({});
  keep("b");
  archive_->sweep();
  settle();
  EXPECT_EQ(archive_->counts().entries, 0U);
  EXPECT_EQ(all(), "");
}

TEST_F(ArchiveTest, ForgetsWhatIsNamed) {
  for (const char* print : {"a", "b", "c"}) keep(print);
  settle();
  const std::size_t before = archive_->counts().bytes;
  std::vector<std::string> gone;
  write([&](sql::Session& session) -> Status {
    auto forgotten = archive_->forget(session, [](const Shown& it) { return it.print != "b"; });
    if (!forgotten) return forgotten.error();
    gone = *std::move(forgotten);
    return Nothing{};
  });
  EXPECT_EQ(gone.size(), 2U);
  EXPECT_EQ(all(), "b");
  EXPECT_FALSE(archive_->has("a"));
  EXPECT_TRUE(archive_->has("b"));
  EXPECT_EQ(archive_->counts().bytes, before / 3);
}

TEST_F(ArchiveTest, KnowsTheHitsThatItIsToldOf) {
  keep("a");
  archive_->note({{.print = "a", .hits = 2, .tokens_saved = 10}, {.print = "none", .hits = 9}});
  archive_->note({{.print = "a", .hits = 1, .tokens_saved = 5}});
  settle();
  EXPECT_EQ(find("a")->shown.hits, 3U);
  EXPECT_EQ(find("a")->shown.tokens_saved, 15);
}

TEST_F(ArchiveTest, ANewAnswerTakesThePlaceOfAnOldOne) {
  keep("a", 5s);
  clock_.advance(1s);
  keep("a", 1h);
  settle();
  EXPECT_EQ(all(), "a");
  EXPECT_EQ(find("a")->shown.expires, clock_.wall() + 1h);
}

TEST_F(ArchiveTest, WhatCannotBeReadIsNotThere) {
  keep("a");
  write([](sql::Session& session) {
    return session.run("UPDATE semantic_cache SET answer = '2 from another version'");
  });
  EXPECT_FALSE(find("a"));
  keep("a");
  settle();
  EXPECT_TRUE(find("a"));
}

TEST_F(ArchiveTest, ADatabaseThatFailsLosesAnswersAndNothingElse) {
  keep("a");
  settle();
  write([](sql::Session& session) {
    return session.run_script("ALTER TABLE semantic_cache RENAME TO elsewhere");
  });
  keep("b");
  archive_->note({{.print = "a", .hits = 1}});
  archive_->sweep();
  settle();
  EXPECT_FALSE(find("a"));
  EXPECT_FALSE(find("b"));
  write([](sql::Session& session) {
    return session.run_script("ALTER TABLE elsewhere RENAME TO semantic_cache");
  });
  EXPECT_TRUE(find("a"));
  keep("b");
  archive_->sweep();
  settle();
  EXPECT_EQ(archive_->counts().entries, 2U);
}

TEST_F(ArchiveTest, WhatWaitsForASlowDatabaseIsBounded) {
  std::promise<void> free;
  database_->write(
      [until = free.get_future().share()](sql::Session&) {
        until.wait();
        return Status(Nothing{});
      },
      [](const Status&) {});
  for (int i = 0; i < 10'000; ++i) keep("p" + std::to_string(i));
  std::promise<Status> heard;
  database_->write([](sql::Session&) { return Status(Nothing{}); },
                   [&](const Status& status) { heard.set_value(status); });
  free.set_value();
  EXPECT_TRUE(heard.get_future().get()) << "there is room for others";
  settle();
  EXPECT_LE(archive_->counts().entries, 100U);
  keep("later");
  settle();
  EXPECT_TRUE(archive_->has("later"));
}

TEST(Archive, WithoutADatabaseHasNothing) {
  const SystemClock clock;
  Archive archive(clock, {.entries_max = 1, .bytes_max = 1000, .answer_bytes_max = 1000});
  archive.keep("a", std::make_shared<const Answer>(), 1h);
  archive.note({{.print = "a", .hits = 1}});
  archive.sweep();
  EXPECT_FALSE(archive.has("a"));
}

TEST(Recall, KeepsAnswersAsLongAsTheSettingSaysUnlessItWasToldOtherwise) {
  const SystemClock clock;
  store::Settings settings;
  settings.semantic_cache_ttl_ms = 5;
  EXPECT_EQ(Recall(clock, {}).lifetime(settings), 5ms);
  EXPECT_EQ(Recall(clock, {.cache_lifetime = 7ms}).lifetime(settings), 7ms);
}

}  // namespace
}  // namespace omni::recall
