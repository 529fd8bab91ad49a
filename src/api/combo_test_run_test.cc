#include "api/combo_test_run.h"

#include "api/test_api.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class ComboTestRunTest : public testing::ApiTest {
 protected:
  void SetUp() override {
    serve(run_.routes());
    connect("acme", "sk-one");
    add("best", R"({"models":["acme/large","acme/small","nobody/x"]})");
  }
  void connect(const std::string& provider, const std::string& key) {
    write([&](sql::Session& session) {
      store::Connection connection;
      connection.id = "c-" + key;
      connection.provider = provider;
      connection.api_key = Secret(key);
      return store::add_connection(session, store_->sealer(), connection);
    });
  }
  void add(const std::string& name, const std::string& data) {
    store::Combo combo{.id = name, .name = name};
    json::Reader reader;
    store::read_combo(reader.read(data), combo);
    write([&](sql::Session& session) { return store::add_combo(session, combo); });
  }
  TestAnswer try_combo(const std::string& name) {
    return send("POST", "/api/combos/test", R"({"comboName":")" + name + R"("})");
  }

  ComboTestRun run_{*with_};
};

TEST_F(ComboTestRunTest, PostApiCombosTestAsksEachModelAndTellsWhoWouldAnswer) {
  prober_.answer = [](const std::string& question) -> Result<ProbeAnswer> {
    if (question.find("large") != std::string::npos) {
      return ProbeAnswer{.status = 429, .body = R"({"error":{"message":"slow, sk-one"}})"};
    }
    return ProbeAnswer{.status = 200, .text = "Hi"};
  };
  const TestAnswer answer = try_combo("best");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.substr(0, answer.body.find(R"(,"results")")),
            R"({"comboName":"best","strategy":"priority","resolvedBy":"ac/small",)"
            R"("resolvedByExecutionKey":"best-model-2-acme-small","resolvedByTarget":"ac/small")");
  EXPECT_NE(answer.body.find(R"("connectionId":"c-sk-one","status":"error","statusCode":429)"),
            std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find(R"("status":"ok","statusCode":200,"latencyMs":0,)"
                             R"("responseText":"Hi")"),
            std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find(R"("error":"Unknown provider: nobody. )"), std::string::npos)
      << answer.body;
  EXPECT_EQ(answer.body.find("slow, sk-one"), std::string::npos) << "keys are hidden";
  EXPECT_EQ(prober_.questions().size(), 2U);
}

TEST_F(ComboTestRunTest, PostApiCombosTestPassesNoModelThatSaysNothingOrIsLimited) {
  prober_.answer = [](const std::string& question) -> Result<ProbeAnswer> {
    if (question.find("large") == std::string::npos) return ProbeAnswer{.status = 429};
    return ProbeAnswer{.status = 200, .silent = true};
  };
  const TestAnswer answer = try_combo("best");
  EXPECT_NE(answer.body.find(R"("resolvedBy":null)"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("error":"The model gave neither words)"), std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find(R"("error":"Rate limited"})"), std::string::npos) << answer.body;
}

TEST_F(ComboTestRunTest, PostApiCombosTestAsksAllAtOnce) {
  prober_.delay = Millis{50};
  EXPECT_EQ(try_combo("best").status, 200);
  EXPECT_EQ(prober_.at_once_max(), 2U);
}

TEST_F(ComboTestRunTest, PostApiCombosTestTellsThatNobodyAnswers) {
  prober_.answer = [](const std::string&) -> Result<ProbeAnswer> {
    return Error(Error::Kind::unavailable, "refused");
  };
  const TestAnswer answer = try_combo("best");
  EXPECT_NE(answer.body.find(R"("resolvedBy":null)"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("error":"refused")"), std::string::npos) << answer.body;
}

TEST_F(ComboTestRunTest, PostApiCombosTestNeedsACombo) {
  add("none", R"({"models":[]})");
  EXPECT_EQ(try_combo("nowhere").body, R"({"error":"Combo not found"})");
  EXPECT_EQ(try_combo("nowhere").status, 404);
  EXPECT_EQ(try_combo("none").body, R"({"error":"Combo has no models"})");
  EXPECT_EQ(try_combo("none").status, 400);
}

}  // namespace
}  // namespace omni::api
