#include "meter/feed.h"

#include <gtest/gtest.h>

namespace omni::meter {
namespace {

constexpr std::string_view boot = "1772359200000";

Topics topics(std::initializer_list<Topic> wanted) {
  Topics set;
  for (const Topic topic : wanted) set.set(static_cast<std::size_t>(topic));
  return set;
}

class FeedTest : public ::testing::Test {
 protected:
  struct CountingBell final : Feed::Bell {
    explicit CountingBell(int& count) : rung(count) {}
    ~CountingBell() override { ++rung; }
    int& rung;
  };

  std::unique_ptr<Feed::Subscriber> listen(std::initializer_list<Topic> wanted,
                                           std::string_view last_id = "") {
    return feed_.subscribe(topics(wanted), last_id);
  }
  std::string take(Feed::Subscriber& from) {
    return from.take([this] { return std::make_unique<CountingBell>(rung_); });
  }
  void tell(int count, Topic topic = Topic::audit) {
    for (int i = 0; i < count; ++i) feed_.tell(topic, "it", "{}");
  }
  static std::string id(int number) { return std::string(boot) + "-" + std::to_string(number); }
  static std::string it(int number) { return "id: " + id(number) + "\nevent: it\ndata: {}\n\n"; }
  std::string resync(int number) { return "id: " + id(number) + "\nevent: resync\ndata: {}\n\n"; }

  ManualClock clock_{*parse_iso8601("2026-03-01T10:00:00Z")};
  int rung_ = 0;
  Feed feed_{clock_,
             {.kept_max = 4, .waiting_bytes_max = 400, .subscribers_max = 2, .requests_max = 2}};
};

TEST_F(FeedTest, WantsNothingWhileNobodyListens) {
  EXPECT_FALSE(feed_.wants(Topic::audit));
  const auto one = listen({Topic::audit});
  EXPECT_TRUE(feed_.wants(Topic::audit));
  EXPECT_TRUE(feed_.wants(Topic::config)) << "of which everybody hears";
  EXPECT_FALSE(feed_.wants(Topic::request));
}

TEST_F(FeedTest, TellsEachWhatHeListensTo) {
  const auto one = listen({Topic::audit}), other = listen({Topic::log});
  tell(1);
  tell(1, Topic::log);
  tell(1, Topic::config);
  EXPECT_EQ(take(*one), it(1) + it(3));
  EXPECT_EQ(take(*other), it(2) + it(3));
  EXPECT_EQ(take(*one), "");
}

TEST_F(FeedTest, RingsOnceForWhoeverFoundNothing) {
  const auto one = listen({Topic::audit});
  EXPECT_EQ(take(*one), "");
  EXPECT_EQ(rung_, 0);
  tell(2);
  EXPECT_EQ(rung_, 1);
  EXPECT_EQ(take(*one), it(1) + it(2));
  EXPECT_EQ(take(*one), "");
  feed_.wake_all();
  EXPECT_EQ(rung_, 2);
}

TEST_F(FeedTest, TellsWhoComesBackWhatHeHasMissed) {
  auto one = listen({Topic::audit});
  tell(2);
  one.reset();
  tell(1);
  one = listen({Topic::audit}, id(1));
  EXPECT_EQ(take(*one), it(2) + it(3));
  one = listen({Topic::audit}, id(3));
  EXPECT_EQ(take(*one), "");
}

TEST_F(FeedTest, TellsWhoHasMissedTooMuchToLookAnew) {
  auto one = listen({Topic::audit});
  tell(6);
  EXPECT_EQ(take(*listen({Topic::audit}, id(1))), resync(6)) << "it is not kept any more";
  EXPECT_EQ(take(*listen({Topic::audit}, id(2))), it(3) + it(4) + it(5) + it(6));
  EXPECT_EQ(take(*listen({Topic::audit}, "1-2")), resync(6)) << "of another process";
  EXPECT_EQ(take(*listen({Topic::audit}, id(7))), resync(6)) << "has not happened";
  EXPECT_EQ(take(*listen({Topic::audit}, "nonsense")), resync(6));
  EXPECT_EQ(take(*listen({Topic::log}, id(6))), resync(6)) << "nobody kept it";
}

TEST_F(FeedTest, KeepsATopicForAWhileAfterTheLastHasGone) {
  auto one = listen({Topic::audit});
  tell(1);
  one.reset();
  clock_.advance(Millis{29'000});
  feed_.beat();
  EXPECT_TRUE(feed_.wants(Topic::audit));
  clock_.advance(Millis{1'000});
  feed_.beat();
  EXPECT_FALSE(feed_.wants(Topic::audit));
  tell(1);
  EXPECT_EQ(take(*listen({Topic::audit}, id(1))), resync(1));
}

TEST_F(FeedTest, LetsASlowOneLookAnewAndHoldsUpNobody) {
  const auto slow = listen({Topic::audit}), quick = listen({Topic::audit});
  std::string heard;
  for (int i = 0; i < 30; ++i) {
    tell(1);
    heard += take(*quick);
  }
  EXPECT_EQ(heard.find("resync"), std::string::npos);
  const std::string waiting = take(*slow);
  EXPECT_TRUE(waiting.find("event: resync") != std::string::npos) << waiting;
  EXPECT_LE(waiting.size(), 400U);
}

TEST_F(FeedTest, CountsRequestsBeyondWhatAnybodyCanRead) {
  clock_.advance(Millis{1000});
  const auto one = listen({Topic::request, Topic::audit});
  tell(5, Topic::request);
  tell(1);
  EXPECT_EQ(take(*one), it(1) + it(2) + it(6));
  clock_.advance(Millis{250});
  tell(1, Topic::request);
  EXPECT_EQ(take(*one), "event: request.skipped\ndata: {\"n\":3}\n\n" + it(7));
  tell(3, Topic::request);
  take(*one);
  feed_.beat();
  EXPECT_EQ(take(*one), "event: request.skipped\ndata: {\"n\":2}\n\n");
}

TEST_F(FeedTest, TakesNoMoreThanSoMany) {
  auto one = listen({}), other = listen({});
  EXPECT_EQ(listen({}), nullptr);
  one.reset();
  EXPECT_NE(listen({}), nullptr);
}

TEST_F(FeedTest, LetsEverybodyGoAtTheEnd) {
  const auto one = listen({Topic::audit});
  take(*one);
  feed_.close();
  EXPECT_EQ(rung_, 1);
  EXPECT_TRUE(feed_.closed());
  take(*one);
  EXPECT_EQ(rung_, 1) << "no bell is made any more";
  EXPECT_EQ(listen({}), nullptr);
}

}  // namespace
}  // namespace omni::meter
