#include "gateway/import_env.h"

#include <gtest/gtest.h>

#include <array>

#include "store/test_folder.h"

namespace omni::gateway {
namespace {

std::shared_ptr<const catalog::Catalog> catalog_with_two() {
  const std::array files{
      catalog::Catalog::Document{
          "a", R"({"id":"acme","name":"Acme","category":"api_key","env":["ACME_KEY","ACME_TOKEN"],
            "endpoints":{"openai_chat":"https://acme.example/v1"}})"},
      catalog::Catalog::Document{
          "b", R"({"id":"beta","name":"Beta","category":"api_key","env":["BETA_KEY"],
            "endpoints":{"openai_chat":"https://beta.example/v1"}})"}};
  return *catalog::Catalog::load(files);
}

class ImportEnv : public testing::Test {
 protected:
  Status import(const Environment& environment) {
    return EnvironmentImport(*store_, *catalog_, clock_, random_, log_).run(environment);
  }
  std::string imported() {
    std::string all;
    for (const store::Connection& each : store_->current()->connections) {
      all += each.provider + "=" + std::string(each.api_key.reveal()) + " " + each.name + ";";
    }
    return all;
  }

  store::TestFolder folder_;
  SystemRandom random_;
  SystemClock clock_;
  std::string lines_;
  Log log_{clock_, {}, [this](std::string_view line) { lines_ += line; }};
  std::shared_ptr<const catalog::Catalog> catalog_ = catalog_with_two();
  std::unique_ptr<store::ConfigStore> store_ =
      *store::ConfigStore::open({folder_.path(), Secret()}, random_, log_);
};

TEST_F(ImportEnv, AddsAnAccountForEachProviderThatHasNone) {
  EXPECT_TRUE(import({{"ACME_KEY", " "}, {"ACME_TOKEN", " canary-a "}, {"OTHER_KEY", "x"}}));
  EXPECT_EQ(imported(), "acme=canary-a from ACME_TOKEN;");
  EXPECT_TRUE(import({{"ACME_KEY", "another"}}));
  EXPECT_EQ(imported(), "acme=canary-a from ACME_TOKEN;");
  EXPECT_NE(lines_.find("ACME_TOKEN"), std::string::npos);
  EXPECT_EQ(lines_.find("canary"), std::string::npos);
}

TEST_F(ImportEnv, NotesWhatItAdds) {
  EXPECT_TRUE(import({{"BETA_KEY", "k"}}));
  std::string noted;
  EXPECT_TRUE(store_->database().read_now([&](sql::Session& session) -> Status {
    const auto total = store::find_audit_entries(
        session, {}, [&](const auto& entry) { noted = entry.actor + " " + entry.target; });
    return total ? Status(Nothing{}) : Status(total.error());
  }));
  EXPECT_EQ(noted, "environment beta:from BETA_KEY");
}

}  // namespace
}  // namespace omni::gateway
