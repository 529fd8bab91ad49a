#include "api/combo_defaults.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

constexpr std::string_view usual =
    R"({"comboDefaults":{"strategy":"priority","maxRetries":1,"retryDelayMs":2000,)"
    R"("concurrencyPerModel":3,"maxComboDepth":3,"trackMetrics":true,"timeoutMs":0},)"
    R"("providerOverrides":{}})";

class ComboDefaultsTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(defaults_.routes()); }
  TestAnswer shown() { return get("/api/settings/combo-defaults"); }
  TestAnswer put(const std::string& body) {
    return send("PUT", "/api/settings/combo-defaults", body);
  }

  ComboDefaults defaults_{*with_, *changes_};
};

TEST_F(ComboDefaultsTest, GetApiSettingsComboDefaultsShowsAllOfThem) {
  EXPECT_EQ(shown().body, usual);
}

TEST_F(ComboDefaultsTest, PutApiSettingsComboDefaultsChangesWhatItNames) {
  const TestAnswer answer = put(R"({"comboDefaults":{"maxRetries":4,"strategy":"auto"},
                                    "providerOverrides":{"acme":{"retryDelayMs":5}}})");
  EXPECT_EQ(answer.body,
            R"({"comboDefaults":{"strategy":"auto","maxRetries":4,"retryDelayMs":2000,)"
            R"("concurrencyPerModel":3,"maxComboDepth":3,"trackMetrics":true,"timeoutMs":0},)"
            R"("providerOverrides":{"acme":{"retryDelayMs":5}}})");
  EXPECT_EQ(shown().body, answer.body);
  EXPECT_EQ(store_->current()->settings.combo_max_retries, 4);
  EXPECT_EQ(audit(), "settings.updated session combos");
}

TEST_F(ComboDefaultsTest, PutApiSettingsComboDefaultsRefusesWhatIsNone) {
  for (const char* const body :
       {"{}", R"({"maxRetries":1})", R"({"comboDefaults":{"maxRetries":11}})",
        R"({"comboDefaults":{"unknown":1}})", R"({"providerOverrides":{"acme":7}})",
        R"({"providerOverrides":{"acme":{"maxRetries":-1}}})"}) {
    EXPECT_EQ(put(body).status, 400) << body;
  }
  EXPECT_EQ(shown().body, usual);
}

TEST_F(ComboDefaultsTest, DeleteApiSettingsComboDefaultsPutsThemBack) {
  put(R"({"comboDefaults":{"maxRetries":4},"providerOverrides":{"acme":{"maxRetries":5}}})");
  EXPECT_EQ(ask({.method = "DELETE", .path = "/api/settings/combo-defaults"}).body, usual);
  EXPECT_EQ(shown().body, usual);
}

}  // namespace
}  // namespace omni::api
