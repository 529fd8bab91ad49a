#include "account/condition.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

using Blame = Verdict::Blame;
using Rest = Verdict::Rest;

/// "status type source code"
std::string found(Blame blame, Rest rest, int status, std::string auth_type = "apikey") {
  const Verdict verdict{.blame = blame,
                        .next = Verdict::Next::next_account,
                        .rest = rest,
                        .binding = blame == Blame::account,
                        .status = status,
                        .message = "why"};
  const store::Connection connection{.id = "c-1", .auth_type = std::move(auth_type)};
  const store::Condition condition = condition_after(verdict, connection);
  EXPECT_EQ(condition.connection, "c-1");
  EXPECT_EQ(condition.error, "why");
  EXPECT_FALSE(condition.is_good());
  return condition.test_status + " " + condition.error_type + " " + condition.error_source + " " +
         condition.error_code;
}

TEST(Condition, SaysWhatAFailureMeansForItsAccount) {
  EXPECT_EQ(found(Blame::account, Rest::account, 401), "error upstream_auth_error upstream 401");
  EXPECT_EQ(found(Blame::account, Rest::account, 401, "oauth"),
            "expired upstream_auth_error upstream 401");
  EXPECT_EQ(found(Blame::account, Rest::account, 402),
            "credits_exhausted upstream_error upstream 402");
  EXPECT_EQ(found(Blame::account, Rest::account, 403), "banned upstream_auth_error upstream 403");
  EXPECT_EQ(found(Blame::account, Rest::model, 429),
            "unavailable upstream_rate_limited upstream 429");
  EXPECT_EQ(found(Blame::provider, Rest::model, 503),
            "unavailable upstream_unavailable upstream 503");
  EXPECT_EQ(found(Blame::network, Rest::model, 502), "unavailable network_error upstream ");
}

TEST(Condition, OfAnAccountThatLacksSomethingSaysThatItIsHere) {
  const Verdict flawed{.blame = Blame::account, .rest = Rest::model, .status = 503};
  const store::Condition condition = condition_after(flawed, {.id = "c-1"});
  EXPECT_EQ(condition.test_status + " " + condition.error_type + " " + condition.error_source,
            "error validation_error local");
}

TEST(Condition, KeepsTheBeginningOfALongMessage) {
  const Verdict verdict{.blame = Blame::provider, .message = std::string(5000, 'x')};
  EXPECT_LT(condition_after(verdict, {.id = "c-1"}).error.size(), 400U);
}

TEST(Condition, IsNotSpokenOfByWhatTheRequestOrItsModelIsToBlameFor) {
  EXPECT_FALSE(speaks_of_account({.blame = Blame::client}));
  EXPECT_FALSE(speaks_of_account({.blame = Blame::model}));
  EXPECT_TRUE(speaks_of_account({.blame = Blame::account}));
}

}  // namespace
}  // namespace omni::account
