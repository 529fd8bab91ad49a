// A thousand requests at the same moment, and a provider that has nothing good for them.

#include <atomic>
#include <map>

#include "pipeline/test_pipeline.h"
#include "store/settings_table.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Asked;
using upstream::testing::json_reply;
using upstream::testing::Reply;

constexpr std::size_t storm_size = 1000;

Reply broken() { return json_reply(R"({"error":{"message":"broke"}})", 500); }

class StormTest : public testing::PipelineTest {
 protected:
  /// All are sent before the first answer is read.
  std::vector<TestAnswer> storm(const std::function<Ask(std::size_t)>& question) {
    std::vector<net::testing::RawClient> clients;
    for (std::size_t i = 0; i < storm_size; ++i) clients.push_back(begin(question(i)));
    std::vector<TestAnswer> answers;
    for (auto& client : clients) answers.push_back(testing::parse_answer(client.read_to_end()));
    return answers;
  }
  std::vector<TestAnswer> storm(std::string_view model) {
    return storm([model](std::size_t) { return turn(Dialect::openai_chat, model); });
  }
  void play(const std::function<Reply(const Asked&)>& decide) {
    provider_.play_by([this, decide](const Asked& asked) {
      ++calls_;
      return decide(asked);
    });
  }
  /// An account that is asked so many things at once and no more.
  void connect_narrow(const std::string& key, std::int64_t at_once) {
    connect("ch", key);
    write([&](sql::Session& session) -> Status {
      auto connection = store::load_connection(session, store_->sealer(), "c-" + key);
      if (!connection) return connection.error();
      connection->concurrent_max = at_once;
      return store::update_connection(session, store_->sealer(), *connection);
    });
  }
  void open_breakers_after(std::int64_t failures) {
    store::Settings settings;
    settings.key_breaker_failures = failures;
    write([&](sql::Session& session) {
      const store::SettingWriter writer{session, store_->sealer(), clock_.wall()};
      return writer.store(settings, *store::find_setting("resilience.apikeyFailureThreshold"));
    });
  }
  static std::map<int, std::size_t> statuses(const std::vector<TestAnswer>& answers) {
    std::map<int, std::size_t> counts;
    for (const TestAnswer& answer : answers) ++counts[answer.status];
    return counts;
  }

  std::atomic<std::size_t> calls_ = 0;
};

TEST_F(StormTest, CostsADeadProviderTheThresholdAndThoseOnTheirWayAndNoMore) {
  constexpr std::size_t threshold = 5, at_once = 10;
  connect_narrow("one", at_once);
  open_breakers_after(threshold);
  play([](const Asked&) { return broken(); });
  auto counts = statuses(storm("ch/m"));
  EXPECT_GE(calls_, threshold);
  EXPECT_LE(calls_, threshold - 1 + at_once) << "who waited for a place when it opened asks nobody";
  EXPECT_EQ(counts[500], calls_);
  EXPECT_EQ(counts[503], storm_size - calls_);
  const std::size_t before = calls_;
  counts = statuses(storm("ch/m"));
  EXPECT_EQ(counts[503], storm_size);
  EXPECT_EQ(calls_, before);
}

TEST_F(StormTest, AsksNoSecondAccountOfAProviderThatWasFoundDownMeanwhile) {
  constexpr std::size_t threshold = 5, at_once = 10;
  connect("ch", "one");
  connect_narrow("two", at_once);
  open_breakers_after(threshold);
  std::atomic<std::size_t> firsts = 0, seconds = 0;
  play([&](const Asked& asked) {
    Reply reply = broken();
    if (asked.field("authorization") == "Bearer two") {
      ++seconds;
    } else {
      ++firsts;
      reply.held = [&] { return firsts < storm_size; };  // until nobody is left who comes first
    }
    return reply;
  });
  storm("ch/m");
  EXPECT_EQ(firsts, storm_size);
  EXPECT_GE(seconds, threshold);
  EXPECT_LE(seconds, threshold - 1 + at_once) << "who was behind asks no other";
}

TEST_F(StormTest, OfOneModelStopsNotItsSiblings) {
  connect("ch", "one");
  open_breakers_after(5);
  play([](const Asked& asked) {
    const bool bad = asked.body.find(R"("model":"bad")") != std::string::npos;
    return bad ? broken() : testing::hi(Dialect::openai_chat, Mode::whole);
  });
  storm("ch/bad");
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/bad").status, 503) << "its breaker is open";
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
  const auto answers = storm(
      [](std::size_t i) { return turn(Dialect::openai_chat, i % 2 == 0 ? "ch/m" : "ch/bad"); });
  for (std::size_t i = 0; i < answers.size(); i += 2) ASSERT_EQ(answers[i].status, 200) << i;
}

TEST_F(StormTest, OfWrongRequestsCoolsNobody) {
  connect("ch", "one");
  play([](const Asked&) {
    return json_reply(R"({"error":{"message":"bad temperature","param":"temperature"}})", 400);
  });
  EXPECT_EQ(statuses(storm("ch/m"))[400], storm_size);
  EXPECT_TRUE(accounts_.rests().empty());
  EXPECT_TRUE(breakers_.all().empty());
  play([](const Asked&) { return testing::hi(Dialect::openai_chat, Mode::whole); });
  EXPECT_EQ(ask(Dialect::openai_chat, "ch/m").status, 200);
}

TEST_F(StormTest, OnALimitIsToldAtOnceWhenToComeAgain) {
  connect_narrow("one", 10);
  play([](const Asked&) {
    Reply limited = json_reply(R"({"error":{"message":"Slow down"}})", 429);
    limited.fields = {{"retry-after", "7"}};
    return limited;
  });
  for (const TestAnswer& answer : storm("ch/m")) {
    ASSERT_EQ(answer.status, 429) << answer.body;
    ASSERT_EQ(answer.field("retry-after"), "7");
  }
  EXPECT_LE(calls_, 10U) << "and costs those that were on their way";
  EXPECT_TRUE(breakers_.all().empty());
}

}  // namespace
}  // namespace omni::pipeline
