#include "api/all_routes.h"

#include <array>

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::Ask;
using testing::TestAnswer;

class AllRoutesTest : public testing::ApiTest {
 protected:
  AllRoutesTest() { serve(all_.routes()); }
  static std::string member(const TestAnswer& answer, std::string_view name) {
    json::Reader reader;
    return std::string(reader.read(answer.body).at(name).text());
  }

  AllRoutes all_{*with_,
                 {.version = "0",
                  .machine_id = "0123456789abcdef",
                  .data_dir = folder_.path(),
                  .auto_backup = Changes::AutoBackup::off,
                  .login = {.initial_password = Secret("canary-initial")}}};
};

TEST_F(AllRoutesTest, NeedARoleButForWhatMustBeOpen) {
  std::string open;
  for (const Route& route : all_.routes()) {
    EXPECT_FALSE(route.summary.empty()) << route.pattern;
    if (route.role != net::Role::open) continue;
    open.append(net::name_of(route.method)).append(" ").append(route.pattern).append("\n");
  }
  EXPECT_EQ(open,
            "GET /api/openapi.json\nPOST /api/auth/login\nPOST /api/auth/logout\n"
            "GET /api/auth/status\nGET /api/init\nGET /api/settings/require-login\n"
            "GET /api/monitoring/health\n");
}

TEST_F(AllRoutesTest, AnswerBadJsonAsAMistakeOfTheClientsAndNeverAsOurs) {
  for (const Route& route : all_.routes()) {
    if (!route.body) continue;
    for (const std::string body : {"{", "[]", "1", "\xff", R"({"a":1}})"}) {
      const TestAnswer answer = ask({.method = std::string(net::name_of(route.method)),
                                     .path = std::string(route.pattern),
                                     .body = body});
      EXPECT_EQ(answer.status, 400) << net::name_of(route.method) << route.pattern << body;
      EXPECT_NE(answer.body.find(R"("field":"body")"), std::string::npos) << answer.body;
    }
  }
}

/// Puts a secret into every input that is for one, asks everything that there is to ask, and looks
/// for it wherever it might have got to.
TEST_F(AllRoutesTest, TellNoSecretToLogsDiskExportsOrAnybody) {
  std::string told;  // all answers but those that show a new secret once
  const auto subscriber = watch_.feed.subscribe(meter::Topics().set(), "");
  const auto run = [&](const Ask& request) {
    TestAnswer answer = ask(request);
    told += answer.head + answer.body;
    return answer;
  };
  const auto put = [&](std::string method, std::string path, std::string body) {
    return run({.method = std::move(method), .path = std::move(path), .body = std::move(body)});
  };
  put("POST", "/api/auth/login", R"({"password":"canary-wrong"})");
  EXPECT_EQ(
      ask({.method = "POST", .path = "/api/auth/login", .body = R"({"password":"canary-initial"})"})
          .status,
      200);
  put("POST", "/api/settings/require-login", R"({"password":"canary-first"})");
  EXPECT_EQ(put("PATCH", "/api/settings",
                R"({"newPassword":"canary-next","currentPassword":"canary-first",)"
                R"("skillsmpApiKey":"canary-skills"})")
                .status,
            200);
  put("PATCH", "/api/settings", R"({"newPassword":"canary-x","currentPassword":"canary-no"})");
  put("PATCH", "/api/settings", R"({"skillsmpApiKey":{"canary":1}})");
  prober_.answer = [](const std::string&) {
    return ProbeAnswer{.status = 401, .body = R"({"error":{"message":"bad key canary-key"}})"};
  };
  EXPECT_EQ(put("POST", "/api/providers",
                R"({"provider":"acme","name":"a","apiKey":"canary-key","providerSpecificData":)"
                R"({"consoleApiKey":"canary-console","awsSecretKey":"canary-aws"}})")
                .status,
            201);
  const std::string connection = store_->current()->connections.front().id;
  for (const std::string path : {"/test", ""}) {
    put(path.empty() ? "PUT" : "POST", "/api/providers/" + connection + path,
        R"({"apiKey":"canary-key"})");
  }
  run({.path = "/api/providers/" + connection + "/models?refresh=true"});
  put("POST", "/api/providers/test-batch", R"({"mode":"all"})");
  put("POST", "/api/providers/validate", R"({"provider":"acme","apiKey":"canary-key"})");
  put("PUT", "/api/providers/" + connection, R"({"apiKey":{"canary":1}})");
  put("POST", "/api/models/test", R"({"providerId":"acme","modelId":"large"})");
  const std::string key = member(send("POST", "/api/keys", R"({"name":"ci"})"), "key");
  const std::string token =
      member(send("POST", "/api/management-tokens", R"({"name":"ci","scopes":["read"]})"), "token");
  const std::string file =
      run({.path = "/api/db-backups/export", .fields = "x-backup-passphrase: canary-phrase\r\n"})
          .body;
  EXPECT_EQ(run({.method = "POST",
                 .path = "/api/db-backups/import",
                 .body = file,
                 .fields = "x-backup-passphrase: canary-phrase\r\n"})
                .status,
            200);
  run({.method = "POST", .path = "/api/db-backups/import?passphrase=canary-other", .body = file});
  for (const Route& route : all_.routes()) {
    if (route.method == net::Method::get) run({.path = std::string(route.pattern)});
  }
  const std::string noticed = subscriber->take([] { return nullptr; });
  EXPECT_NE(noticed.find("event: audit"), std::string::npos);
  told += noticed;
  const std::string stored = everything_stored();
  for (const std::string* const place :
       std::array<const std::string*, 3>{&told, &stored, &log_lines_}) {
    EXPECT_EQ(place->find("canary"), std::string::npos) << place->substr(place->find("canary"), 80);
    EXPECT_EQ(place->find(key), std::string::npos);
    EXPECT_EQ(place->find(token), std::string::npos);
    EXPECT_EQ(place->find("$2b$12$"), std::string::npos);
  }
  EXPECT_EQ(store_->current()->settings.skillsmp_api_key, "canary-skills");
}

}  // namespace
}  // namespace omni::api
