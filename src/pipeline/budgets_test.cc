// Requests that a budget pays for, and those that it no longer does.

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::json_reply;
using upstream::testing::Reply;
using upstream::testing::stream_reply;

/// Nine tokens in for a thousand nano-dollars each, and two out for two thousand.
constexpr std::int64_t cost = 13'000;

class BudgetsTest : public testing::PipelineTest {
 protected:
  BudgetsTest() {
    connect("ch", "one");
    provider_.play(testing::hi(Dialect::openai_chat, Mode::whole));
  }

  void put(std::int64_t daily_nano, std::string scope = "all") {
    write([&](sql::Session& session) {
      return store::put_budget(session, {.scope = std::move(scope),
                                         .limits_nano = {daily_nano, std::nullopt, std::nullopt}});
    });
  }
  meter::Budgets::State state(const std::string& scope = "all") {
    return budgets_.state_of(scope).value();
  }
  /// For which so much is set aside as it will cost: one token in, and six out.
  static Ask exact() {
    Ask ask = turn(Dialect::openai_chat, "ch/m");
    ask.body.insert(1, "\"max_tokens\":6,");
    return ask;
  }
  std::size_t calls() const { return provider_.asked().size(); }
  /// An answer is paid for when the client has it.
  bool settled(const std::string& scope = "all") {
    return net::testing::eventually([&] { return state(scope).reserved_nano == 0; });
  }
};

TEST_F(BudgetsTest, PayForExactlyAsManyOfVeryManyAtOnceAsTheyCover) {
  constexpr std::size_t clients_max = 100, each = 100, paid = 100;
  put(cost * paid);
  std::string questions;
  for (std::size_t i = 0; i < each; ++i) {
    std::string question = exact().bytes();
    if (i + 1 < each) question.replace(question.find("close"), 5, "keep-alive");
    questions += question;
  }
  std::vector<net::testing::RawClient> clients;
  for (std::size_t i = 0; i < clients_max; ++i) {
    clients.emplace_back(port());
    clients.back().send(questions);
  }
  std::size_t good = 0, refused = 0;
  for (auto& client : clients) {
    const std::string all = client.read_to_end();
    for (std::size_t at = all.find("HTTP/1.1 "); at != all.npos; at = all.find("HTTP/1.1 ", at)) {
      at += 9;
      good += all.compare(at, 3, "200") == 0 ? 1 : 0;
      refused += all.compare(at, 3, "429") == 0 ? 1 : 0;
    }
  }
  EXPECT_EQ(good, paid);
  EXPECT_EQ(refused, clients_max * each - paid);
  EXPECT_EQ(calls(), paid) << "who is refused costs nothing";
  EXPECT_TRUE(settled());
  EXPECT_EQ(state().spent_nano, cost * static_cast<std::int64_t>(paid));
  EXPECT_EQ(usage("sum(cost_nano)", paid), std::to_string(state().spent_nano));
}

TEST_F(BudgetsTest, RefuseInTheDialectOfTheClientAndSayWhenToComeAgain) {
  add_key("ci");
  put(1, "key:id-ci");
  Ask first = exact();
  first.fields = "authorization: Bearer sk-ci\r\n";
  ASSERT_EQ(ask(first).status, 200);
  EXPECT_TRUE(settled("key:id-ci"));
  for (const Dialect client : chat::all_dialects) {
    Ask asked = turn(client, "ch/m");
    asked.fields = "authorization: Bearer sk-ci\r\n";
    const TestAnswer answer = ask(asked);
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_EQ(answer.field("retry-after"), "50400") << "at midnight";
    EXPECT_EQ(answer.field("x-should-retry"), "false") << "libraries would sleep till then";
    const auto failure = hear(client, answer).failure;
    ASSERT_TRUE(failure) << answer.body;
    EXPECT_EQ(failure->message, "Daily budget exceeded: $0.000013 / $0.000000001");
  }
  const TestAnswer openai = ask(first);
  EXPECT_TRUE(openai.says(R"("type":"rate_limit_error","param":null,"code":"budget_exceeded")"))
      << openai.body;
  Ask anthropic = turn(Dialect::anthropic, "ch/m");
  anthropic.fields = first.fields;
  EXPECT_TRUE(ask(anthropic).says(R"("type":"rate_limit_error")"));
  EXPECT_NE(trace().find("Daily budget exceeded"), std::string::npos) << trace();
  EXPECT_EQ(ask(exact()).status, 200) << "another one's";
  advance(std::chrono::hours{14});
  EXPECT_EQ(ask(first).status, 200) << "of the next day";
}

TEST_F(BudgetsTest, SetAsideWhatAnswersCostAtTheMostWhereNothingIsSaidOfTheirLength) {
  put(cost * 1000);
  std::atomic<bool> held = true;
  Reply reply = testing::hi(Dialect::openai_chat, Mode::whole);
  reply.held = [&] { return held.load(); };
  provider_.play(reply);
  net::testing::RawClient client = begin(turn(Dialect::openai_chat, "ch/m"));
  EXPECT_TRUE(net::testing::eventually([&] { return calls() == 1; }));
  EXPECT_EQ(state().reserved_nano, 1'000 + std::int64_t{4096} * 2'000);
  held = false;
  client.read_to_end();
  EXPECT_TRUE(settled());
  EXPECT_EQ(state().spent_nano, cost);
}

TEST_F(BudgetsTest, TakeNothingForWhatBroughtNothing) {
  put(cost);
  provider_.play(upstream::testing::no_reply());
  net::testing::RawClient client = begin(exact());
  EXPECT_TRUE(net::testing::eventually([&] { return calls() == 1; }));
  EXPECT_EQ(state().reserved_nano, cost);
  client.close();
  EXPECT_TRUE(settled());
  provider_.play(json_reply(R"({"error":{"message":"broke"}})", 500));
  EXPECT_EQ(ask(exact()).status, 500);
  EXPECT_TRUE(settled());
  EXPECT_EQ(state().spent_nano, 0);
}

TEST_F(BudgetsTest, PayForWhatWasToldBeforeAStreamBroke) {
  connect("an", "two");
  put(cost);
  provider_.play(stream_reply({testing::half_of_hi(Dialect::anthropic)}, Reply::End::broken));
  ask(Dialect::anthropic, "an/m", Mode::stream);
  EXPECT_TRUE(settled());
  EXPECT_EQ(usage("cost_nano"), std::to_string(state().spent_nano));
  EXPECT_GT(state().spent_nano, 0);
}

TEST_F(BudgetsTest, PayNothingForWhatIsRemembered) {
  put(cost);
  Ask cold = exact();
  cold.body.insert(1, "\"temperature\":0,");
  Ask repeated = exact();
  repeated.fields = "idempotency-key: once\r\n";
  EXPECT_EQ(ask(repeated).status, 200);
  put(cost + 1);
  EXPECT_EQ(ask(cold).status, 200);
  EXPECT_TRUE(settled());
  EXPECT_EQ(ask(exact()).status, 429) << "nothing is left";
  EXPECT_EQ(ask(cold).field("x-omniroute-cache"), "HIT");
  EXPECT_EQ(ask(repeated).field("x-omniroute-idempotent"), "true");
  EXPECT_EQ(state().spent_nano, 2 * cost);
}

TEST_F(BudgetsTest, SetNothingAsideForWhatHasNoPrice) {
  put(cost);
  Ask free = exact();
  free.body.replace(free.body.find("ch/m"), 4, "ch/x");
  EXPECT_EQ(ask(free).status, 200);
  EXPECT_EQ(state().spent_nano, 0);
  EXPECT_EQ(ask(exact()).status, 200);
  EXPECT_TRUE(settled());
  EXPECT_EQ(ask(free).status, 429) << "all is spent";
}

}  // namespace
}  // namespace omni::pipeline
