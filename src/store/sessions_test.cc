#include "store/sessions.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

class SessionsTest : public testing::Test {
 protected:
  void add(std::string id, std::int64_t expires_ms = 9000) {
    EXPECT_TRUE(add_login_session(session_, {.id_hash = std::move(id),
                                             .created_at = from_millis(1),
                                             .expires_at = from_millis(expires_ms),
                                             .last_used_at = from_millis(2),
                                             .address = "192.0.2.1",
                                             .user_agent = "agent"}));
  }
  std::string ids() { return config_.select("SELECT id_hash FROM sessions ORDER BY id_hash"); }

  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(SessionsTest, ComeBackAsTheyWereAdded) {
  add("a");
  const auto logins = load_login_sessions(session_);
  ASSERT_EQ(logins->size(), 1U);
  const LoginSession& login = (*logins)[0];
  EXPECT_EQ(login.id_hash + login.address + login.user_agent, "a192.0.2.1agent");
  EXPECT_EQ(login.created_at, from_millis(1));
  EXPECT_EQ(login.last_used_at, from_millis(2));
  EXPECT_EQ(login.expires_at, from_millis(9000));
}

TEST_F(SessionsTest, LastLongerWhileTheyAreUsed) {
  add("a");
  EXPECT_TRUE(note_login_session_use(
      session_,
      {.id_hash = "a", .expires_at = from_millis(20'000), .last_used_at = from_millis(7000)}));
  const LoginSession login = load_login_sessions(session_)->at(0);
  EXPECT_EQ(login.last_used_at, from_millis(7000));
  EXPECT_EQ(login.expires_at, from_millis(20'000));
}

TEST_F(SessionsTest, EndOneByOneAndTwiceIsNoFailure) {
  add("a");
  add("b");
  EXPECT_TRUE(end_login_session(session_, "a"));
  EXPECT_TRUE(end_login_session(session_, "a"));
  EXPECT_EQ(ids(), "b");
}

TEST_F(SessionsTest, EndAllTogetherButOne) {
  for (const char* id : {"a", "b", "c"}) add(id);
  EXPECT_TRUE(end_login_sessions_except(session_, "b"));
  EXPECT_EQ(ids(), "b");
  EXPECT_TRUE(end_login_sessions_except(session_, ""));
  EXPECT_EQ(ids(), "");
}

TEST_F(SessionsTest, EndWhenTheirTimeIsOver) {
  add("a", 1000);
  add("b", 1001);
  EXPECT_TRUE(end_login_sessions_before(session_, from_millis(1000)));
  EXPECT_EQ(ids(), "b");
}

}  // namespace
}  // namespace omni::store
