// Accounts whose tokens end: they are renewed before and while they are used, and that once.

#include <atomic>

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Mode;
using testing::TestAnswer;
using upstream::testing::Asked;
using upstream::testing::json_reply;
using upstream::testing::Reply;

class RefreshTest : public testing::PipelineTest {
 protected:
  RefreshTest() {
    provider_.play_by([this](const Asked& asked) {
      if (asked.target == "/token") {
        ++renewals_;
        return answer_;
      }
      const std::string shown = asked.field("authorization");
      if (shown != "Bearer " + good_) return json_reply(R"({"error":{"message":"expired"}})", 401);
      return testing::hi(Dialect::openai_chat, Mode::whole);
    });
  }
  void log_in(Millis left) {
    store::Connection connection{.id = "c", .provider = "ch", .auth_type = "oauth", .name = "work"};
    connection.access_token = Secret("old");
    connection.refresh_token = Secret("r1");
    connection.token_expires_at = clock_.wall() + left;
    connection.data = json::Raw::trusted(R"({"tokenUrl":")" + provider_.url() + R"(/token"})");
    write([&](sql::Session& session) {
      return store::add_connection(session, store_->sealer(), connection);
    });
  }
  TestAnswer ask_chat() { return ask(Dialect::openai_chat, "ch/m"); }

  std::atomic<int> renewals_ = 0;
  std::string good_ = "new";
  Reply answer_ = json_reply(R"({"access_token":"new","refresh_token":"r2","expires_in":3600})");
};

TEST_F(RefreshTest, AStormOnATokenThatIsOverIsOneRenewal) {
  log_in(Millis{0});
  std::vector<net::testing::RawClient> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(begin(turn(Dialect::openai_chat, "ch/m")));
  for (auto& client : clients) {
    ASSERT_EQ(testing::parse_answer(client.read_to_end()).status, 200);
  }
  EXPECT_EQ(renewals_, 1);
}

TEST_F(RefreshTest, ATokenThatIsRefusedBeforeItsTimeIsRenewedOnce) {
  log_in(std::chrono::hours(1));
  EXPECT_EQ(ask_chat().status, 200);
  EXPECT_EQ(ask_chat().status, 200);
  EXPECT_EQ(renewals_, 1);
  EXPECT_TRUE(accounts_.rests().empty());
}

TEST_F(RefreshTest, WhoIsRefusedWithANewTokenAsWellIsRefused) {
  good_ = "another";
  log_in(std::chrono::hours(1));
  EXPECT_EQ(ask_chat().status, 401);
  EXPECT_EQ(renewals_, 1);
}

TEST_F(RefreshTest, WhoseTokenIsNotOverGoesOnWithItAndWaitsForNoOther) {
  good_ = "old";
  answer_ = upstream::testing::no_reply();
  log_in(std::chrono::minutes(1));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_chat().status, 200);
  EXPECT_TRUE(net::testing::eventually([this] { return renewals_ == 1; }));
}

TEST_F(RefreshTest, WhoLeavesDuringARenewalIsNobodysFailure) {
  answer_ = upstream::testing::no_reply();
  log_in(Millis{0});
  connect("ch", "two");
  auto client = begin(turn(Dialect::openai_chat, "ch/m"));
  EXPECT_TRUE(net::testing::eventually([this] { return renewals_ == 1; }));
  client.close();
  EXPECT_TRUE(net::testing::eventually([this] { return trace() != "none"; }));
  EXPECT_NE(trace().find(R"("status":499)"), std::string::npos) << trace();
  EXPECT_TRUE(accounts_.rests().empty());
  EXPECT_EQ(provider_.asked().size(), 1U) << "only the token endpoint";
}

TEST_F(RefreshTest, WhoHasToLogInAgainIsSaidSoAndNobodyElseIsHeldUp) {
  answer_ = json_reply(R"({"error":"invalid_grant"})", 400);
  log_in(Millis{0});
  for (int i = 0; i < 20; ++i) {
    const TestAnswer answer = ask_chat();
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.says("it has to be logged in again")) << answer.body;
  }
  EXPECT_EQ(renewals_, 1);
  good_ = "two";
  connect("ch", "two");
  EXPECT_EQ(ask_chat().status, 200);
  EXPECT_EQ(renewals_, 1);
}

}  // namespace
}  // namespace omni::pipeline
