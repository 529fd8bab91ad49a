#include "gateway/selftest/operation.h"

#include <gtest/gtest.h>

namespace omni::gateway::selftest {
namespace {

constexpr std::string_view nothing_here = "there is nothing at this path";

/// The first operation of a document that has this under its paths.
Operation operation_of(const std::string& paths) {
  auto operations = read_operations(R"({"paths":{)" + paths + "}}");
  EXPECT_TRUE(operations && operations->size() == 1);
  return operations->front();
}

Operation keys() {
  return operation_of(R"("/api/keys/{id}":{"patch":{"security":[{"bearerAuth":["keys"]}],
    "parameters":[{"name":"id","in":"path","required":true},
      {"name":"kind","in":"query","required":true,"schema":{"enum":["a b"]}},
      {"name":"limit","in":"query","required":false,"schema":{"type":"integer"}}],
    "requestBody":{"content":{"application/json":{"schema":{"type":"object",
      "required":["name"],"properties":{"name":{"enum":["x"]}}}}}},
    "responses":{"200":{},"404":{},"default":{}}}})");
}

Operation chat(const std::string& path) {
  return operation_of("\"" + path + R"(":{"post":{"security":[{"clientKey":[]}],
    "requestBody":{"content":{"application/json":{}}},"responses":{"200":{},"default":{}}}})");
}

std::string about(const Operation& operation, int status, const std::string& body,
                  const std::string& type = "application/json") {
  return complaint_about(operation, {status, type, body}, nothing_here);
}

TEST(SelftestOperation, IsAskedWithWhatItsDocumentWants) {
  const Operation operation = keys();
  const auto question = question_for(operation, {{"/api/keys", "a/1"}});
  ASSERT_TRUE(question);
  EXPECT_EQ(question->method, "PATCH");
  EXPECT_EQ(question->target, "/api/keys/a%2F1?kind=a%20b");
  EXPECT_EQ(question->body, R"({"name":"x"})");
  EXPECT_EQ(question_for(operation, {})->target, "/api/keys/selftest?kind=a%20b");
}

TEST(SelftestOperation, OfClientsIsAskedInTheDialectOfItsPath) {
  const auto body = [](const std::string& path) { return question_for(chat(path), {})->body; };
  EXPECT_NE(body("/v1/responses").find(R"("input":)"), std::string::npos);
  EXPECT_NE(body("/v1/messages").find(R"("max_tokens":)"), std::string::npos);
  EXPECT_NE(body("/v1beta/models/{name}").find(R"("contents":)"), std::string::npos);
  EXPECT_EQ(question_for(chat("/v1beta/models/{name}"), {})->target,
            "/v1beta/models/demo/echo:generateContent");
}

TEST(SelftestOperation, ThatEndsTheGatewayIsNotCalled) {
  const Operation restart = operation_of(R"("/api/restart":{"post":{"responses":{"200":{}}}})");
  EXPECT_EQ(question_for(restart, {})->method, "OPTIONS");
}

TEST(SelftestOperation, AnswersWithWhatIsListedOrRefusesCleanly) {
  EXPECT_EQ(about(keys(), 200, "{}"), "");
  EXPECT_EQ(about(keys(), 404, R"({"error":"There is no such key"})"), "");
  EXPECT_EQ(about(keys(), 409, R"({"error":{"message":"no"}})"), "");
  EXPECT_EQ(about(chat("/api/chat"), 400, R"({"error":"no"})"), "");
  EXPECT_EQ(about(chat("/v1/messages"), 400, R"({"type":"error","error":{"message":"no"}})"), "");
}

TEST(SelftestOperation, IsFoundFaultWith) {
  const std::string error = R"({"error":{"message":"no"}})";
  const std::string nowhere = R"({"error":{"message":"there is nothing at this path"}})";
  EXPECT_NE(about(keys(), 404, nowhere), "");
  EXPECT_NE(about(keys(), 405, error), "");
  EXPECT_NE(about(keys(), 500, error), "");
  EXPECT_NE(about(keys(), 201, "{}"), "");
  EXPECT_NE(about(keys(), 200, "{"), "");
  EXPECT_NE(about(keys(), 200, "<html>", "text/html"), "");
  EXPECT_NE(about(keys(), 400, "no", "text/plain"), "");
  EXPECT_NE(about(chat("/api/chat"), 400, error), "") << "Ollama's is a text";
  EXPECT_NE(about(chat("/v1/messages"), 400, R"({"error":"no"})"), "");
}

TEST(SelftestOperation, FindsTheFirstOfAList) {
  EXPECT_EQ(first_id({200, "", R"({"total":2,"keys":[{"id":"a"},{"id":"b"}]})"}), "a");
  EXPECT_EQ(first_id({200, "", R"([{"id":"a"}])"}), "a");
  EXPECT_EQ(first_id({200, "", R"({"keys":[]})"}), "");
  EXPECT_EQ(first_id({200, "", R"({"id":7})"}), "");
  EXPECT_EQ(first_id({200, "", "# text"}), "");
}

}  // namespace
}  // namespace omni::gateway::selftest
