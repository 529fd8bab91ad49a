#include <cstdlib>
#include <filesystem>

#include "api/test_api.h"
#include "gateway/all_rows.h"
#include "json/reader.h"

namespace omni::gateway {
namespace {

const std::string document_path = std::string(OMNI_SOURCE_DIR) + "/docs/api/openapi.json";

std::string without_blanks_at_the_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class OpenapiTest : public api::testing::ApiTest {
 protected:
  OpenapiTest() { serve(all_.routes()); }

  ingress::Health health_;
  api::AllRoutes all_{*with_,
                      {.version = "0",
                       .data_dir = folder_.path(),
                       .beside = rows_beside(health_),
                       .auto_backup = api::Changes::AutoBackup::off}};
};

TEST_F(OpenapiTest, GetApiOpenapiJsonIsTheDocumentThatIsPublished) {
  const auto answer = ask({.path = "/api/openapi.json", .caller = ""});
  EXPECT_EQ(answer.status, 200);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(document_path).parent_path());
    store::write_file(document_path, answer.body + "\n");
  }
  EXPECT_TRUE(without_blanks_at_the_end(store::read_file(document_path)) == answer.body)
      << "If the new document is right: UPDATE_GOLDEN=1 build/dev/src/gateway/gateway_test "
         "--gtest_filter='*Openapi*', and read the diff of docs/api/openapi.json.";
}

TEST_F(OpenapiTest, ClientsOfModelsFindTheirPathsInIt) {
  const auto answer = ask({.path = "/api/openapi.json", .caller = ""});
  json::Reader reader;
  const json::Value paths = reader.read(answer.body).find("paths");
  for (const char* const path :
       {"/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/responses",
        "/v1beta/models/{name}", "/v1/api/chat", "/v1/providers/{provider}/chat/completions"}) {
    const json::Value row = paths.find(path).find("post");
    EXPECT_TRUE(row.find("requestBody").find("content").find("application/json")) << path;
    EXPECT_EQ(row.find("security").slice(), R"([{"clientKey":[]}])") << path;
    EXPECT_EQ(row.find("responses").find("default").slice(),
              R"({"$ref":"#/components/responses/InDialect"})")
        << path;
  }
  for (const char* const path : {"/v1/models", "/v1beta/models", "/api/tags", "/healthz"}) {
    EXPECT_TRUE(paths.find(path).find("get")) << path;
  }
}

}  // namespace
}  // namespace omni::gateway
