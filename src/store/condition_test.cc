#include "store/condition.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

class ConditionTest : public ::testing::Test {
 protected:
  ConditionTest() {
    connection_.created_at = connection_.updated_at = from_millis(1000);
    EXPECT_TRUE(add_connection(session(), sealer_, connection_));
  }
  sql::Session& session() { return *config_.session; }
  Connection stored() { return *load_connection(session(), sealer_, "c-1"); }
  static Condition limited(std::int64_t at) {
    return {.connection = "c-1",
            .found_at = from_millis(at),
            .test_status = "unavailable",
            .error_code = "429",
            .error = "slow down",
            .error_type = "upstream_rate_limited",
            .error_source = "upstream",
            .rate_limited_until = from_millis(9000),
            .backoff_level = 3};
  }

  TestConfig config_;
  SystemRandom random_;
  Sealer sealer_{MasterKey::random(random_), random_};
  Connection connection_{.id = "c-1", .provider = "acme", .api_key = Secret("k")};
};

TEST_F(ConditionTest, IsKeptWithItsAccountUntilAllIsWell) {
  ASSERT_TRUE(store_condition(session(), limited(2000)));
  Connection found = stored();
  EXPECT_EQ(found.test_status + " " + found.error_code + " " + found.last_error + " " +
                found.last_error_type + " " + found.last_error_source,
            "unavailable 429 slow down upstream_rate_limited upstream");
  EXPECT_EQ(found.last_error_at, from_millis(2000));
  EXPECT_EQ(found.rate_limited_until, from_millis(9000));
  EXPECT_EQ(found.backoff_level, 3);
  EXPECT_EQ(found.api_key.reveal(), "k");
  EXPECT_EQ(found.updated_at, from_millis(1000)) << "nobody has changed it";
  ASSERT_TRUE(store_condition(session(), {.connection = "c-1", .found_at = from_millis(3000)}));
  found = stored();
  EXPECT_EQ(found.test_status + found.error_code + found.last_error + found.last_error_type,
            "active");
  EXPECT_FALSE(found.last_error_at || found.rate_limited_until);
  EXPECT_EQ(found.backoff_level, 0);
}

TEST_F(ConditionTest, IsNoNewsOnceTheAccountWasChangedOrTested) {
  EXPECT_FALSE(limited(999).is_news_of(connection_));
  EXPECT_TRUE(limited(1000).is_news_of(connection_));
  ASSERT_TRUE(store_condition(session(), limited(999)));
  EXPECT_EQ(stored().test_status, "unknown");
  connection_.last_tested_at = from_millis(5000);
  ASSERT_TRUE(update_connection(session(), sealer_, connection_));
  EXPECT_FALSE(limited(4999).is_news_of(connection_));
  ASSERT_TRUE(store_condition(session(), limited(4999)));
  EXPECT_EQ(stored().test_status, "unknown");
  ASSERT_TRUE(store_condition(session(), limited(5000)));
  EXPECT_EQ(stored().test_status, "unavailable");
}

TEST_F(ConditionTest, IsNoNewsOfAnAccountThatHasToBeLoggedInAgain) {
  connection_.last_error_type = reauth_required;
  connection_.last_error_at = from_millis(1000);
  ASSERT_TRUE(update_connection(session(), sealer_, connection_));
  EXPECT_FALSE(limited(2000).is_news_of(connection_));
  ASSERT_TRUE(store_condition(session(), limited(2000)));
  EXPECT_TRUE(stored().must_log_in());
  connection_.updated_at = from_millis(1500);
  ASSERT_TRUE(update_connection(session(), sealer_, connection_));
  EXPECT_TRUE(limited(2000).is_news_of(connection_));
  ASSERT_TRUE(store_condition(session(), limited(2000)));
  EXPECT_EQ(stored().test_status, "unavailable");
}

TEST_F(ConditionTest, OfAnAccountThatIsGoneIsNothing) {
  Condition condition = limited(2000);
  condition.connection = "c-2";
  EXPECT_TRUE(store_condition(session(), condition));
}

}  // namespace
}  // namespace omni::store
