#include "api/call_logs.h"

#include <gtest/gtest.h>

#include "api/test_api.h"
#include "store/calls.h"

namespace omni::api {
namespace {

class CallLogsTest : public testing::ApiTest {
 protected:
  CallLogsTest() { serve(call_logs_.routes()); }

  void add(store::CallRow row) {
    row.id = ++added_ * 1000 * store::ids_per_millisecond;
    if (row.request_id.empty()) row.request_id = "r" + std::to_string(added_);
    if (row.status == 0) row.status = 200;
    EXPECT_TRUE(usage_database_->write_now(
        [&](sql::Session& session) { return store::insert(session, row); }));
  }
  /// The ids of a list.
  std::string ids(const std::string& query) {
    const testing::TestAnswer answer = get("/api/usage/call-logs?" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string found;
    for (std::size_t at = 0; (at = answer.body.find(R"({"id":")", at)) != std::string::npos;) {
      at += 7;
      found += (found.empty() ? "" : " ") + answer.body.substr(at, answer.body.find('"', at) - at);
    }
    return found;
  }
  Surroundings with_bodies() {
    Surroundings with = *with_;
    with.bodies = &bodies_;
    return with;
  }

  std::int64_t added_ = 0;
  store::UsageLog usage_{{*usage_database_, clock_, log_}, {}};
  store::BodyLog bodies_{
      {*usage_database_, clock_, log_}, usage_, {.files = {.folder = folder_.file("call_logs")}}};
  CallLogs call_logs_{with_bodies()};
};

TEST_F(CallLogsTest, GetApiUsageCallLogsListsRequestsTheNewestFirst) {
  add({});
  add({.method = "POST",
       .path = "/v1/messages",
       .status = 429,
       .requested_model = "fast",
       .model = "m",
       .provider = "groq",
       .account = "work",
       .connection_id = "c",
       .duration = Millis(412),
       .ttft = Millis(3),
       .tokens = {.input = 12, .output = 40},
       .cost_nano = 1'500'000'000,
       .cache_source = "upstream",
       .source_format = "anthropic",
       .target_format = "openai_chat",
       .api_key_id = "k",
       .api_key_name = "ci",
       .session = "s",
       .error = "busy",
       .attempts = 2,
       .bodies = {.segment = store::BodyFiles::missing}});
  const std::string body = get("/api/usage/call-logs").body;
  EXPECT_TRUE(body.starts_with(
      R"([{"id":"r2","cursor":"2097152000","timestamp":"1970-01-01T00:00:02.000Z","method":"POST",)"
      R"("path":"/v1/messages","status":429,"model":"m","requestedModel":"fast",)"
      R"("provider":"groq","account":"work","connectionId":"c","duration":412,"ttft":3,)"
      R"("tokens":{"in":12,"out":40,"cacheRead":0,"cacheWrite":0,"reasoning":0,)"
      R"("compressed":null},"cost":1.5,"cacheSource":"upstream","requestType":null,)"
      R"("sourceFormat":"anthropic","targetFormat":"openai_chat","apiKeyId":"k",)"
      R"("apiKeyName":"ci","comboName":null,"comboStepId":null,"comboExecutionKey":null,)"
      R"("session":"s","error":"busy","attempts":2,"detailState":"missing",)"))
      << body;
  EXPECT_NE(body.find(R"({"id":"r1",)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("detailState":"none")"), std::string::npos) << body;
}

TEST_F(CallLogsTest, GetApiUsageCallLogsFilters) {
  add({.status = 404, .provider = "groq", .combo = "best"});
  add({.requested_model = "fast", .account = "work", .api_key_id = "k", .api_key_name = "ci"});
  add({.duration = Millis(9), .cost_nano = 2'000'000, .session = "s", .error = "Full"});
  for (const auto& [query, found] : {std::pair{"status=ok", "r3 r2"},
                                     {"status=error", "r1"},
                                     {"status=404", "r1"},
                                     {"provider=groq", "r1"},
                                     {"combo=1", "r1"},
                                     {"combo=best", "r1"},
                                     {"combo=0", "r3 r2 r1"},
                                     {"model=fast", "r2"},
                                     {"account=work", "r2"},
                                     {"apiKey=ci", "r2"},
                                     {"apiKeyId=k", "r2"},
                                     {"apiKeyId=ci", ""},
                                     {"minLatency=9", "r3"},
                                     {"minCost=0.002", "r3"},
                                     {"session=s", "r3"},
                                     {"search=full", "r3"},
                                     {"requestId=r2", "r2"},
                                     {"limit=1", "r3"},
                                     {"offset=1", "r2 r1"},
                                     {"before=r3", "r2 r1"},
                                     {"before=2097152000", "r1"},
                                     {"to=1970-01-01", "r3 r2 r1"},
                                     {"from=1970-01-01T00:00:03Z", "r3"},
                                     {"to=1970-01-01T00:00:03Z", "r2 r1"}}) {
    EXPECT_EQ(ids(query), found) << query;
  }
  for (const char* const wrong : {"limit=0", "status=maybe", "format=xml", "from=never"}) {
    EXPECT_EQ(get(std::string("/api/usage/call-logs?") + wrong).status, 400) << wrong;
  }
}

TEST_F(CallLogsTest, GetApiUsageCallLogsSaysHowManyThereAreAndWhereItGoesOn) {
  for (int i = 0; i < 3; ++i) add({});
  const testing::TestAnswer page = get("/api/usage/call-logs?limit=2&total=1");
  EXPECT_EQ(page.field("x-total-count"), "3");
  EXPECT_EQ(page.field("x-next-before"), "2097152000");
  const testing::TestAnswer last = get("/api/usage/call-logs?before=2097152000&limit=2");
  EXPECT_EQ(last.field("x-next-before"), "");
  EXPECT_EQ(last.field("x-total-count"), "");
}

TEST_F(CallLogsTest, GetApiUsageCallLogsAsATableIsSafeForSpreadsheets) {
  add({.status = 200,
       .requested_model = "=cmd|' /C calc'!A0",
       .model = "a,\"b\"",
       .provider = "+1",
       .error = "-x\r\ny"});
  const testing::TestAnswer answer = get("/api/usage/call-logs?format=csv");
  EXPECT_EQ(answer.field("content-type"), "text/csv; charset=utf-8");
  EXPECT_TRUE(answer.body.starts_with("id,timestamp,method,path,status,requestedModel,"));
  EXPECT_NE(answer.body.find(R"(,200,"'=cmd|' /C calc'!A0","a,""b""","'+1",)"), std::string::npos)
      << answer.body;
  EXPECT_TRUE(answer.body.ends_with("\"'-x\r\ny\"\r\n")) << answer.body;
}

TEST_F(CallLogsTest, GetApiUsageCallLogsAsLinesHasAnObjectOnEach) {
  add({});
  add({});
  const testing::TestAnswer answer = get("/api/usage/call-logs?format=ndjson");
  EXPECT_EQ(answer.field("content-type"), "application/x-ndjson");
  EXPECT_TRUE(answer.body.starts_with(R"({"id":"r2",)")) << answer.body;
  EXPECT_NE(answer.body.find("}\n{\"id\":\"r1\","), std::string::npos) << answer.body;
  EXPECT_TRUE(answer.body.ends_with("}\n"));
}

TEST_F(CallLogsTest, GetApiUsageCallLogsIdTellsAllThatIsKnownOfOne) {
  store::Bodies said{.request = {.text = R"({"model":"m"})", .bytes = 13},
                     .answer = {.text = "data: caf\xc3\xa9\n\n", .bytes = 400'000}};
  bodies_.append(
      {.row = {.request_id = "said", .trace = R"({"reasons":[]})"}, .bodies = said, .secrets = {}});
  EXPECT_TRUE(
      net::testing::eventually([&] { return get("/api/usage/call-logs/said").status == 200; }));
  const std::string body = get("/api/usage/call-logs/said").body;
  EXPECT_NE(body.find(R"("detailState":"ready",)"), std::string::npos) << body;
  EXPECT_NE(body.find(R"("requestBody":{"model":"m"},"requestBodyBytes":13,"requestBodyCut":false,)"
                      R"("responseBody":"data: café\n\n","responseBodyBytes":400000,)"
                      R"("responseBodyCut":true,"pipelinePayloads":null,"trace":{"reasons":[]}})"),
            std::string::npos)
      << body;
  bodies_.files().forget_oldest();
  const std::string gone = get("/api/usage/call-logs/said").body;
  EXPECT_NE(gone.find(R"("detailState":"missing")"), std::string::npos) << gone;
  EXPECT_NE(gone.find(R"("requestBody":null,"responseBody":null,)"), std::string::npos) << gone;
  EXPECT_EQ(get("/api/usage/call-logs/other").status, 404);
}

TEST_F(CallLogsTest, BodiesOfNoLettersAreShownAllTheSame) {
  bodies_.append({.row = {.request_id = "said"},
                  .bodies = {.request = {.text = "a\xff\x01", .bytes = 3}, .answer = {}},
                  .secrets = {}});
  EXPECT_TRUE(
      net::testing::eventually([&] { return get("/api/usage/call-logs/said").status == 200; }));
  const std::string body = get("/api/usage/call-logs/said").body;
  EXPECT_NE(body.find(R"("requestBody":"a?\u0001")"), std::string::npos) << body;
}

}  // namespace
}  // namespace omni::api
