#include "api/combos.h"

#include <algorithm>

#include "api/test_api.h"
#include "store/combos.h"

namespace omni::api {
namespace {

using testing::TestAnswer;

class CombosApiTest : public testing::ApiTest {
 protected:
  void SetUp() override { serve(combos_.routes()); }
  TestAnswer create(const std::string& name, const std::string& models) {
    return send("POST", "/api/combos", R"({"name":")" + name + R"(","models":)" + models + "}");
  }
  /// Makes one, and gives its id.
  std::string made(const std::string& name, const std::string& models) {
    const TestAnswer answer = create(name, models);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.body.substr(7, 36);
  }
  TestAnswer change(const std::string& id, const std::string& body) {
    return send("PUT", "/api/combos/" + id, body);
  }
  TestAnswer remove(const std::string& path) {
    return ask({.method = "DELETE", .path = "/api/combos/" + path});
  }
  /// "name: step step" of all, with commas between.
  std::string all() {
    std::string text;
    for (const store::Combo& combo : store_->current()->combos) {
      text += (text.empty() ? "" : ", ") + combo.name + ":";
      for (const store::ComboStep& step : combo.steps) {
        text += " " + step.name() + (step.model.empty() ? "*" : "");
      }
    }
    return text;
  }

  Combos combos_{*with_, *changes_};
};

TEST_F(CombosApiTest, PostApiCombosMakesOneOfTextsAndObjects) {
  made("inner", R"(["acme/x"])");
  const TestAnswer answer = send("POST", "/api/combos", R"({"name":"best","strategy":"usage",
      "models":["acme/large", "inner", {"kind":"model","model":"x","providerId":"acme","weight":30,
                "connectionId":null,"timeoutMs":2000,
                "label":"l","tags":["t"]}],
      "config":{"maxRetries":2,"hedge":{"percent":5}},
      "system_message":"","tool_filter_regex":null})");
  EXPECT_EQ(answer.status, 201);
  const std::string id = answer.body.substr(7, 36);
  EXPECT_EQ(answer.body,
            R"({"id":")" + id +
                R"(","name":"best","models":[)"
                R"({"id":"best-model-1-acme-large","kind":"model","model":"acme/large",)"
                R"("weight":0},{"id":"best-model-2-inner","kind":"combo-ref",)"
                R"("comboName":"inner","weight":0},{"id":"best-model-3-x","kind":"model",)"
                R"("model":"x","providerId":"acme","weight":30,"timeoutMs":2000,)"
                R"("label":"l","tags":["t"]}],)"
                R"("strategy":"least-used","config":{"maxRetries":2,"hedge":{"percent":5}},)"
                R"("isActive":true,)"
                R"("isHidden":false,"sortOrder":2,"createdAt":"2026-03-01T10:00:00.000Z",)"
                R"("updatedAt":"2026-03-01T10:00:00.000Z","version":2})");
  EXPECT_EQ(get("/api/combos/" + id).body, answer.body);
  EXPECT_EQ(get("/api/combos/none").body, R"({"error":"Combo not found"})");
  EXPECT_EQ(get("/api/combos").body.substr(0, 12), R"({"combos":[{)");
  EXPECT_EQ(audit().substr(0, 21), "combo.created session");
}

TEST_F(CombosApiTest, PostApiCombosRefusesWhatIsNone) {
  for (const char* const body : {
           R"({"models":[]})",
           R"({"name":"a b","models":[]})",
           R"({"name":"a","models":[7]})",
           R"({"name":"a","models":[{}]})",
           R"({"name":"a","models":[{"model":"x","weight":101}]})",
           R"({"name":"a","models":[""]})",
           R"({"name":"a","models":[],"strategy":"context-relay"})",
           R"({"name":"a","models":[],"config":{"maxRetries":11}})",
           R"({"name":"a","models":[],"config":{"budgetCap":1}})",
           R"({"name":"a","models":[],"config":{"hedge":{"percent":101}}})",
           R"({"name":"a","models":[],"config":{"cacheSimilarityMin":1.1}})",
           R"({"name":"a","models":[],"system_message":"Be kind"})",
           R"({"name":"a","models":[],"tool_filter_regex":"^read"})",
           R"({"name":"a","models":["a"]})",
           R"({"name":"a","models":[{"kind":"combo-ref","comboName":"nowhere"}]})",
       }) {
    EXPECT_EQ(send("POST", "/api/combos", body).status, 400) << body;
  }
  EXPECT_EQ(all(), "");
}

TEST_F(CombosApiTest, NameNobodyWhoIsNotThere) {
  made("inner", R"(["acme/x"])");
  write([](sql::Session& session) { return store::put_model_alias(session, {"fast", "acme/x"}); });
  made("known", R"(["acme/new","ac/x","inner","fast","large",{"model":"x","providerId":"acme"}])");
  const std::string nobody =
      "no provider, combo or alias is called so, and nobody lists the model ";
  EXPECT_EQ(create("a", R"(["acme/x","amce/x"])").body,
            R"({"error":"models[1]: )" + nobody + R"(amce/x"})");
  EXPECT_EQ(create("a", R"(["iner"])").body, R"({"error":"models[0]: )" + nobody + R"(iner"})");
  EXPECT_EQ(create("a", R"([{"model":"x","providerId":"amce"}])").body,
            R"({"error":"models[0]: Unknown provider: amce"})");
  const std::string id = made("a", "[]");
  EXPECT_EQ(change(id, R"({"models":["amce/x"]})").status, 400);
  EXPECT_EQ(change(id, R"({"models":["inner"]})").status, 200);
  EXPECT_EQ(all(), "inner: acme/x, known: acme/new ac/x inner* fast large x, a: inner*");
}

TEST_F(CombosApiTest, TakeTheNameOfEveryStrategy) {
  const std::string id = made("a", "[]");
  const json::Shape& shape = store::find_setting("combos", "strategy")->shape;
  EXPECT_EQ(shape.choices.size(), route::strategies().size());
  for (const route::Strategy& strategy : route::strategies()) {
    const std::string name(strategy.name);
    EXPECT_EQ(change(id, R"({"strategy":")" + name + R"("})").status, 200) << name;
    EXPECT_NE(std::ranges::find(shape.choices, name), shape.choices.end()) << name;
  }
}

TEST_F(CombosApiTest, HaveNamesThatNobodyElseHas) {
  const std::string id = made("a", "[]");
  made("b", "[]");
  EXPECT_EQ(create("a", "[]").body, R"({"error":"Combo name already exists"})");
  EXPECT_EQ(create("a", "[]").status, 400);
  EXPECT_EQ(change(id, R"({"name":"b"})").status, 400);
  EXPECT_EQ(change(id, R"({"name":"a"})").status, 200);
  write([](sql::Session& session) { return store::put_model_alias(session, {"fast", "x"}); });
  EXPECT_EQ(create("fast", "[]").status, 409);
}

TEST_F(CombosApiTest, PutApiCombosIdChangesWhatItNames) {
  const std::string id = made("a", R"(["acme/x"])");
  const TestAnswer answer = change(id, R"({"isActive":false,"config":{"trackMetrics":false}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(all(), "a: acme/x");
  EXPECT_FALSE(store_->current()->combos[0].active);
  EXPECT_EQ(change(id, R"({"models":["acme/y","acme/x"]})").status, 200);
  EXPECT_EQ(all(), "a: acme/y acme/x");
  EXPECT_EQ(change(id, "{}").status, 400);
  EXPECT_EQ(change("none", R"({"isActive":true})").status, 404);
}

TEST_F(CombosApiTest, StandNeitherInThemselvesNorTooDeep) {
  const std::string d = made("d", R"(["acme/x"])");
  made("c", R"(["d"])");
  made("b", R"(["c"])");
  EXPECT_EQ(create("a", R"(["b"])").body,
            R"({"error":"Combos stand too deep in each other: a > b > c > d"})");
  const TestAnswer circle = change(d, R"({"models":["b"]})");
  EXPECT_EQ(circle.status, 400);
  EXPECT_NE(circle.body.find("Combos lead in a circle"), std::string::npos) << circle.body;
  EXPECT_EQ(all(), "d: acme/x, c: d*, b: c*");
}

TEST_F(CombosApiTest, AreFollowedByThoseInWhichTheyStand) {
  const std::string inner = made("in", R"(["acme/x"])");
  made("out", R"(["acme/y","in"])");
  EXPECT_EQ(change(inner, R"({"name":"core"})").status, 200);
  EXPECT_EQ(all(), "core: acme/x, out: acme/y core*");
  EXPECT_EQ(remove(inner).body, R"({"error":"The combo stands in: out"})");
  EXPECT_EQ(remove(inner).status, 409);
  EXPECT_EQ(remove(inner + "?force=true").body, R"({"success":true})");
  EXPECT_EQ(all(), "out: acme/y");
  EXPECT_EQ(remove(inner).status, 404);
}

TEST_F(CombosApiTest, PostApiCombosReorderPutsThoseFirstThatItNames) {
  const std::string a = made("a", "[]");
  made("b", "[]");
  const std::string c = made("c", "[]");
  const auto reorder = [this](const std::string& ids) {
    return send("POST", "/api/combos/reorder", R"({"comboIds":[)" + ids + "]}");
  };
  EXPECT_EQ(reorder('"' + c + R"(",")" + a + '"').status, 200);
  EXPECT_EQ(all(), "c:, a:, b:");
  EXPECT_EQ(reorder('"' + c + R"(",")" + c + '"').status, 400);
  EXPECT_EQ(reorder(R"("none")").status, 404);
}

TEST_F(CombosApiTest, GetApiCombosMetricsTellsWhatTheyHaveDone) {
  const std::string id = made("a", R"(["acme/x"])");
  made("quiet", R"(["acme/x"])");
  route::ComboState& state = combo_memory_.of(id);
  const std::vector<std::pair<std::string, std::string>> steps{{"1", "acme/x"}, {"2", "acme/x"}};
  const auto tallies = state.follow(steps);
  state.begin(*tallies[0]);
  state.end(*tallies[0], route::Ending::bad, Millis{10});
  state.begin(*tallies[1]);
  state.end(*tallies[1], route::Ending::good, Millis{30});
  state.close(route::Ending::good, 1, Millis{40});
  state.close(route::Ending::bad, 0, Millis{20});
  const std::string expected =
      R"({"metrics":{"a":{"totalRequests":2,"totalSuccesses":1,"totalFailures":1,)"
      R"("totalFallbacks":1,"successes":1,"failures":1,"fallbacks":1,"avgLatencyMs":30,)"
      R"("successRate":0.5,"fallbackRate":0.5,"byModel":{"acme/x":{"requests":2,"successes":1,)"
      R"("failures":1,"avgLatencyMs":30}}}}})";
  EXPECT_EQ(get("/api/combos/metrics").body, expected);
  EXPECT_EQ(get("/api/combos/metrics?combo=quiet").body, R"({"metrics":{}})");
  EXPECT_EQ(remove("metrics?combo=quiet").status, 200);
  EXPECT_EQ(get("/api/combos/metrics").body, expected);
  EXPECT_EQ(remove("metrics").body, R"({"success":true})");
  EXPECT_EQ(get("/api/combos/metrics").body, R"({"metrics":{}})");
}

}  // namespace
}  // namespace omni::api
