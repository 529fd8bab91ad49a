#include "store/management_tokens.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

class ManagementTokensTest : public testing::Test {
 protected:
  ManagementToken token_{.id = "t",
                         .name = "ci",
                         .hash = "h",
                         .mask = "mt_****",
                         .scopes = {"read", "keys"},
                         .created_at = from_millis(1),
                         .expires_at = from_millis(2)};
  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(ManagementTokensTest, ComeBackAsTheyWereAdded) {
  EXPECT_TRUE(add_management_token(session_, token_));
  const auto tokens = load_management_tokens(session_);
  ASSERT_EQ(tokens->size(), 1U);
  const ManagementToken& token = (*tokens)[0];
  EXPECT_EQ(token.id + token.name + token.hash + token.mask, "tcihmt_****");
  EXPECT_EQ(token.scopes, token_.scopes);
  EXPECT_EQ(token.created_at, from_millis(1));
  EXPECT_EQ(token.expires_at, from_millis(2));
  EXPECT_FALSE(token.last_used_at);
}

TEST_F(ManagementTokensTest, NoteWhenTheyWereUsedAndGo) {
  EXPECT_TRUE(add_management_token(session_, token_));
  EXPECT_TRUE(note_management_token_use(session_, "t", from_millis(5)));
  EXPECT_EQ(load_management_tokens(session_)->at(0).last_used_at, from_millis(5));
  EXPECT_TRUE(delete_management_token(session_, "t"));
  EXPECT_EQ(delete_management_token(session_, "t").error().kind(), Error::Kind::not_found);
}

}  // namespace
}  // namespace omni::store
