#include "api/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/strings.h"

namespace omni::api {
namespace {

constexpr std::array key_members{
    json::MemberShape{"name", json::shape::text(1, 200), json::Presence::required, "Its name."}};
constexpr std::array log_query{json::MemberShape{"limit", json::shape::integer(1, 500),
                                                 json::Presence::optional, "How many."}};

constexpr std::array key_headers{json::MemberShape{"If-Match", json::shape::text(0, 100),
                                                   json::Presence::optional, "What was seen."}};

std::vector<Route> rows() {
  using net::Method;
  using net::Role;
  const Route::Handler none = [](net::Exchange& exchange, Arguments) {
    return exchange.reply_json(200, "{}");
  };
  return {
      {.method = Method::get,
       .pattern = "/api/keys/{id}",
       .role = Role::read,
       .summary = "A key",
       .handler = none,
       .outcomes = {{200, "The key"}, {404, "There is none"}},
       .errors = ErrorForm::text,
       .answer = json::shape::object(key_members)},
      {.method = Method::post,
       .pattern = "/api/keys",
       .role = Role::keys,
       .summary = "Makes a key",
       .handler = none,
       .body = json::shape::object(key_members),
       .outcomes = {{201, "The key, shown once"}}},
      {.method = Method::delete_,
       .pattern = "/api/keys/{id}",
       .role = Role::keys,
       .summary = "Deletes a key",
       .handler = none,
       .body = json::shape::object(log_query),
       .headers = key_headers},
      {.method = Method::post,
       .pattern = "/api/files",
       .role = Role::keys,
       .summary = "Takes a file",
       .handler = none,
       .body_media = "multipart/form-data"},
      {.method = Method::get,
       .pattern = "/api/log/{group}/{path...}",
       .role = Role::read,
       .summary = "The log",
       .handler = none,
       .query = log_query},
      {.method = Method::get,
       .pattern = "/v1/models",
       .role = Role::client,
       .summary = "Models",
       .handler = none},
      {.method = Method::get,
       .pattern = "/",
       .role = Role::open,
       .summary = "The start",
       .handler = none},
  };
}

class OpenApiTest : public ::testing::Test {
 protected:
  json::Value operation(std::string_view path, std::string_view method) const {
    return root_.find("paths").find(path).find(method);
  }
  static std::string text_of(json::Value value) { return std::string(value.slice()); }

  /// Whether "#/a/b" is there.
  bool resolves(std::string_view reference) const {
    if (!reference.starts_with("#/")) return false;
    json::Value place = root_;
    std::string_view rest = reference.substr(2);
    while (!rest.empty()) place = place.find(cut(rest, '/'));
    return static_cast<bool>(place);
  }
  void collect_references(json::Value value, std::set<std::string>& found) const {
    if (value.kind() == json::Kind::array) {
      for (const json::Value item : value.items()) collect_references(item, found);
    } else if (value.kind() == json::Kind::object) {
      for (const auto [key, member] : value.members()) {
        if (key == "$ref") found.emplace(member.text());
        collect_references(member, found);
      }
    }
  }

  std::string document_ = openapi(rows(), "1.2.3");
  json::Reader reader_;
  json::Value root_ = reader_.read(document_);
};

TEST_F(OpenApiTest, IsADocumentOfThisVersion) {
  ASSERT_TRUE(root_) << document_;
  EXPECT_EQ(root_.find("openapi").text(), "3.1.0");
  EXPECT_EQ(root_.find("info").find("version").text(), "1.2.3");
  EXPECT_FALSE(root_.find("info").find("title").text().empty());
}

TEST_F(OpenApiTest, HasAnOperationForEveryRowWithAnIdOfItsOwn) {
  std::set<std::string> ids;
  for (const auto [path, item] : root_.find("paths").members()) {
    for (const auto [method, operation] : item.members()) {
      EXPECT_TRUE(ids.emplace(operation.find("operationId").text()).second) << path << method;
      EXPECT_FALSE(operation.find("summary").text().empty());
      EXPECT_TRUE(operation.find("responses").find("default"));
    }
  }
  EXPECT_EQ(ids.size(), rows().size());
  EXPECT_TRUE(ids.contains("delete_api_keys_by_id"));
}

TEST_F(OpenApiTest, DeclaresEveryParameterOfAPathAndNoOther) {
  for (const auto [path, item] : root_.find("paths").members()) {
    for (const auto [method, operation] : item.members()) {
      std::string names;
      for (const json::Value parameter : operation.find("parameters").items()) {
        if (parameter.find("in").text() != "path") continue;
        EXPECT_TRUE(parameter.find("required").boolean());
        const std::string name = "{" + std::string(parameter.find("name").text()) + "}";
        EXPECT_NE(path.find(name), std::string_view::npos) << path;
        names += name;
      }
      EXPECT_EQ(std::count(names.begin(), names.end(), '{'),
                std::count(path.begin(), path.end(), '{'))
          << path;
    }
  }
  EXPECT_TRUE(operation("/api/log/{group}/{path}", "get"));
}

TEST_F(OpenApiTest, RefersOnlyToWhatIsThereAndSharesNothingThatNobodyUses) {
  std::set<std::string> references;
  collect_references(root_, references);
  for (const std::string& reference : references) EXPECT_TRUE(resolves(reference)) << reference;
  for (const std::string_view kind : {"schemas", "responses"}) {
    for (const auto [name, part] : root_.find("components").find(kind).members()) {
      EXPECT_TRUE(
          references.contains("#/components/" + std::string(kind) + "/" + std::string(name)))
          << name;
    }
  }
}

TEST_F(OpenApiTest, SaysWhoMayCall) {
  EXPECT_EQ(text_of(operation("/api/keys", "post").find("security")),
            R"([{"cookieAuth":[]},{"bearerAuth":["keys"]}])");
  EXPECT_EQ(text_of(operation("/v1/models", "get").find("security")), R"([{"clientKey":[]}])");
  EXPECT_EQ(text_of(operation("/", "get").find("security")), "[]");
  for (const std::string_view scheme : {"cookieAuth", "bearerAuth", "clientKey"}) {
    EXPECT_TRUE(root_.find("components").find("securitySchemes").find(scheme));
  }
}

TEST_F(OpenApiTest, TakesBodyAndQueryFromTheirShapes) {
  EXPECT_EQ(
      text_of(operation("/api/keys", "post").find("requestBody")),
      R"({"required":true,"content":{"application/json":{"schema":{"type":"object","properties":)"
      R"({"name":{"type":"string","description":"Its name.","minLength":1,"maxLength":200}},)"
      R"("required":["name"]}}}})");
  EXPECT_FALSE(operation("/api/keys/{id}", "get").find("requestBody"));
  EXPECT_NE(text_of(operation("/api/log/{group}/{path}", "get").find("parameters"))
                .find(R"({"name":"limit","in":"query","description":"How many.",)"
                      R"("required":false,"schema":{"type":"integer","minimum":1,"maximum":500}})"),
            std::string::npos);
}

TEST_F(OpenApiTest, SaysWhetherThereMustBeABodyAndOfWhatKind) {
  EXPECT_FALSE(
      operation("/api/keys/{id}", "delete").find("requestBody").find("required").boolean());
  EXPECT_EQ(text_of(operation("/api/files", "post").find("requestBody")),
            R"({"required":true,"content":{"multipart/form-data":{}}})");
}

TEST_F(OpenApiTest, NamesTheFieldsOfTheHeadThatMeanSomething) {
  EXPECT_NE(text_of(operation("/api/keys/{id}", "delete").find("parameters"))
                .find(R"({"name":"If-Match","in":"header","description":"What was seen.",)"
                      R"("required":false,)"),
            std::string::npos);
}

TEST_F(OpenApiTest, TellsWhatMayComeBack) {
  EXPECT_EQ(text_of(operation("/api/keys/{id}", "get").find("responses")),
            R"({"200":{"description":"The key","content":{"application/json":{"schema":)"
            R"({"type":"object","properties":{"name":{"type":"string","description":"Its name.",)"
            R"("minLength":1,"maxLength":200}},"required":["name"]}}}},)"
            R"("404":{"description":"There is none","content":{"application/json":)"
            R"({"schema":{"$ref":"#/components/schemas/AnyError"}}}},)"
            R"("401":{"$ref":"#/components/responses/AnyError"},)"
            R"("403":{"$ref":"#/components/responses/AnyError"},)"
            R"("default":{"$ref":"#/components/responses/AnyError"}})");
  EXPECT_EQ(text_of(operation("/api/keys", "post").find("responses").find("400")),
            R"({"$ref":"#/components/responses/Invalid"})");
}

TEST_F(OpenApiTest, GroupsByTheFirstPartOfThePath) {
  EXPECT_EQ(text_of(operation("/api/keys/{id}", "get").find("tags")), R"(["keys"])");
  EXPECT_EQ(text_of(operation("/v1/models", "get").find("tags")), R"(["v1"])");
  EXPECT_EQ(text_of(operation("/", "get").find("tags")), R"(["root"])");
}

}  // namespace
}  // namespace omni::api
