#include "api/call_logs.h"

#include <gtest/gtest.h>

#include "api/test_api.h"

namespace omni::api {
namespace {

class CallLogsTest : public testing::ApiTest {
 protected:
  CallLogsTest() { serve(call_logs_.routes()); }
  CallLogs call_logs_{*with_};
};

TEST_F(CallLogsTest, GetApiUsageCallLogsListsTheRequestsOfLate) {
  EXPECT_EQ(get("/api/usage/call-logs").body, R"([{"id":"known","wanted":",,,200,0"}])");
  EXPECT_EQ(
      get("/api/usage/call-logs?status=error&model=m&provider=groq&combo=1&limit=3&offset=2").body,
      R"([{"id":"known","wanted":"error,m,groq,3,2,combos"}])");
  EXPECT_EQ(get("/api/usage/call-logs?limit=0").status, 400);
}

TEST_F(CallLogsTest, GetApiUsageCallLogsIdTellsAllThatIsKnownOfOne) {
  EXPECT_EQ(get("/api/usage/call-logs/known").body, R"({"requestId":"known"})");
  EXPECT_EQ(get("/api/usage/call-logs/other").status, 404);
}

}  // namespace
}  // namespace omni::api
