#include "api/route_explain.h"

#include <gtest/gtest.h>

#include "api/test_api.h"

namespace omni::api {
namespace {

class RouteExplainTest : public testing::ApiTest {
 protected:
  RouteExplainTest() { serve(explain_.routes()); }
  RouteExplain explain_{*with_};
};

TEST_F(RouteExplainTest, PostApiRouteExplainTakesAWholeRequest) {
  const auto answer = send("POST", "/api/route/explain",
                           R"({"path":"/v1/messages","body":{"model":"m","max_tokens":1}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"path":"/v1/messages","body":{"model":"m","max_tokens":1}})");
}

TEST_F(RouteExplainTest, PostApiRouteExplainTakesAModelAlone) {
  const auto answer = send("POST", "/api/route/explain", R"({"model":"a/b"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"path":"/v1/chat/completions","body":{"model":"a/b",)"
                         R"("messages":[{"role":"user","content":"Hi"}]}})");
  EXPECT_EQ(send("POST", "/api/route/explain", R"({"model":"a/b","path":"/v1/responses"})").body,
            R"({"path":"/v1/responses","body":{"model":"a/b","input":"Hi"}})");
}

TEST_F(RouteExplainTest, PostApiRouteExplainTakesTheModelOfABodyThatNamesNone) {
  const std::string body = R"("path":"/v1/messages","body":{)";
  EXPECT_EQ(send("POST", "/api/route/explain", R"({"model":"a/b",)" + body + R"("n":1}})").body,
            "{" + body + R"("model":"a/b","n":1}})");
  EXPECT_EQ(send("POST", "/api/route/explain", R"({"model":"a",)" + body + R"("model":"m"}})").body,
            "{" + body + R"("model":"m"}})");
}

TEST_F(RouteExplainTest, PostApiRouteExplainTakesWhoShallFail) {
  const auto answer = send("POST", "/api/route/explain", R"({"body":{},"fail":["groq"]})");
  EXPECT_NE(answer.body.find(R"("failing":"groq")"), std::string::npos) << answer.body;
  EXPECT_EQ(send("POST", "/api/route/explain", R"({"body":{},"fail":"groq"})").status, 400);
}

TEST_F(RouteExplainTest, PostApiRouteExplainSaysWhyARequestWouldBeRefused) {
  const auto answer = send("POST", "/api/route/explain", R"({"path":"/v1/refused","body":{}})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("Missing model"), std::string::npos);
  EXPECT_EQ(send("POST", "/api/route/explain", "{}").status, 400);
}

TEST_F(RouteExplainTest, GetApiRouteExplainKnowsRequestsOfLate) {
  EXPECT_EQ(get("/api/route/explain?requestId=known").body, R"({"requestId":"known"})");
  EXPECT_EQ(get("/api/route/explain?requestId=other").status, 404);
}

}  // namespace
}  // namespace omni::api
