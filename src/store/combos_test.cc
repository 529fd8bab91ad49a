#include "store/combos.h"

#include <gtest/gtest.h>

#include "store/test_config.h"

namespace omni::store {
namespace {

std::string written(const Combo& combo) {
  std::string text;
  json::Writer writer(text);
  write_combo(writer, combo);
  return text;
}

class CombosTest : public testing::Test {
 protected:
  void insert(const std::string& name, const std::string& data) {
    EXPECT_TRUE(session_.run(
        "INSERT INTO combos (id, name, data, created_at, updated_at) VALUES ($1, $1, $2, 0, 0)",
        {std::string_view(name), std::string_view(data)}));
  }
  /// "name model|combo weight" of each step, with commas between.
  std::string steps_of(std::string_view id) {
    std::string text;
    const Result<Combo> combo = load_combo(session_, id);
    if (!combo) return combo.error().message();
    for (const ComboStep& step : combo->steps) {
      text += (text.empty() ? "" : ", ") + step.name() + (step.model.empty() ? " combo" : " model");
      if (step.weight > 0) text += " " + std::to_string(static_cast<int>(step.weight));
    }
    return text;
  }

  TestConfig config_;
  sql::Session& session_ = *config_.session;
};

TEST_F(CombosTest, ComeBackAsTheyWereAddedAndChanged) {
  Combo combo{.id = "c",
              .name = "best",
              .strategy = "weighted",
              .steps = {{.id = "s",
                         .model = "llama-x",
                         .provider = "groq",
                         .connection = "k",
                         .weight = 2.5,
                         .label = "fast",
                         .tags = {"a", "b"}},
                        {.id = "t", .combo = "other"}},
              .config = json::Raw::trusted(R"({"maxRetries":2})"),
              .allowed_providers = {"groq"},
              .context_length = 4000,
              .active = false,
              .hidden = true,
              .sort_order = 1,
              .created_at = from_millis(1000),
              .updated_at = from_millis(2000)};
  EXPECT_TRUE(add_combo(session_, combo));
  EXPECT_EQ(written(*load_combo(session_, "c")), written(combo));
  combo = {.id = "c",
           .name = "worst",
           .steps = {{.id = "s", .model = "a/b"}},
           .sort_order = 7,
           .created_at = from_millis(1000)};
  EXPECT_TRUE(update_combo(session_, combo));
  EXPECT_EQ(written(*load_combo(session_, "c")), written(combo));
  EXPECT_TRUE(delete_combo(session_, "c"));
  for (const Status& missing : {delete_combo(session_, "c"), update_combo(session_, combo)}) {
    EXPECT_EQ(missing.error().message(), "Combo not found");
  }
}

TEST_F(CombosTest, StandBehindThoseThatWereThere) {
  EXPECT_TRUE(add_combo(session_, {.id = "1", .name = "z"}));
  EXPECT_TRUE(add_combo(session_, {.id = "2", .name = "a"}));
  EXPECT_EQ(load_combos(session_)->back().name, "a");
  EXPECT_FALSE(add_combo(session_, {.id = "3", .name = "z"})) << "a name belongs to one";
}

TEST_F(CombosTest, AreReadInEveryFormThatHasBeenInUse) {
  insert("inner", R"({"models":["groq/x"]})");
  insert("all", R"({"models":["groq/x", "inner", {"model":"openai/y","weight":30},
      {"model":"inner","weight":1},
      {"id":"i","kind":"model","model":"z","providerId":"groq","connectionId":null,"weight":5},
      {"kind":"combo-ref","comboName":"inner","weight":2}]})");
  EXPECT_EQ(steps_of("all"),
            "groq/x model, inner combo, openai/y model 30, inner combo 1, z model 5, "
            "inner combo 2");
}

TEST_F(CombosTest, LoseOnlyWhatDoesNotFit) {
  insert("odd", R"({"name":7,"strategy":[],"models":[7, null, {}, {"model":"a/b","weight":"x"}],
                    "config":[],"isActive":"yes"})");
  insert("broken", "{");
  EXPECT_EQ(steps_of("odd"), "a/b model");
  EXPECT_EQ(load_combo(session_, "odd")->name, "odd");
  EXPECT_TRUE(load_combo(session_, "odd")->active);
  EXPECT_EQ(steps_of("broken"), "");
}

TEST_F(CombosTest, HaveStepsThatCanBeToldApart) {
  insert("best",
         R"({"models":["groq/x", "groq/x", {"id":"i","model":"a"}, {"id":"i","model":"b"}]})");
  std::string ids;
  const Result<Combo> combo = load_combo(session_, "best");
  for (const ComboStep& step : combo->steps) ids += step.id + " ";
  EXPECT_EQ(ids, "best-model-1-groq-x best-model-2-groq-x i best-model-4-b ");
}

}  // namespace
}  // namespace omni::store
