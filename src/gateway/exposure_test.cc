#include "gateway/exposure.h"

#include <gtest/gtest.h>

#include "gateway/storage.h"
#include "identity/guards.h"
#include "store/secrets_table.h"
#include "store/test_folder.h"

namespace omni::gateway {
namespace {

/// A configuration as it is on the first day, and one bound by `host`.
class Exposure : public testing::Test {
 protected:
  Exposure() {
    config_.data_dir = folder_.path();
    storage_ = *Storage::open(config_, clock_, random_, log_);
    config_.host = "0.0.0.0";
  }
  void set(std::string_view name, std::string_view value) {
    ASSERT_TRUE(storage_->configuration().database().write_now([&](sql::Session& session) {
      return session.run("INSERT INTO settings (name, value, updated_at) VALUES ($1, $2, 0)",
                         {name, value});
    }));
  }
  std::string refusal() {
    warnings_.clear();
    const Status fit = check_exposure(config_, *storage_->configuration().current(), warnings_);
    return fit ? "" : fit.error().message();
  }

  const store::TestFolder folder_;
  const SystemClock clock_;
  SystemRandom random_;
  const Log log_{clock_, {}, [](std::string_view) {}};
  Config config_;
  std::unique_ptr<Storage> storage_;
  std::vector<std::string> warnings_;
};

TEST_F(Exposure, IsAnyAddressButThisMachines) {
  for (const std::string host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"}) {
    config_.host = host;
    EXPECT_FALSE(is_exposed(config_)) << host;
    EXPECT_EQ(refusal(), "");
    EXPECT_EQ(warnings_.size(), 0U);
  }
  for (const std::string host : {"0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1"}) {
    config_.host = host;
    EXPECT_TRUE(is_exposed(config_)) << host;
  }
}

TEST_F(Exposure, IsRefusedWithoutPasswordAndKeysAndSaysWhatToDo) {
  const std::string why = refusal();
  EXPECT_NE(why.find("0.0.0.0"), std::string::npos) << why;
  EXPECT_NE(why.find("omniroute reset-password"), std::string::npos) << why;
  EXPECT_NE(why.find("REQUIRE_API_KEY=true"), std::string::npos) << why;
  EXPECT_NE(why.find("--host 127.0.0.1"), std::string::npos) << why;
}

TEST_F(Exposure, IsWarnedOfWithOneOfThem) {
  config_.require_api_key = true;
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("no password"), std::string::npos);
  config_.require_api_key = false;
  config_.initial_password = Secret("a good long one");
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("no API key"), std::string::npos);
  set("requireApiKey", "true");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(warnings_.size(), 0U);
}

TEST_F(Exposure, CountsAPasswordThatIsNotAskedForAsNone) {
  config_.initial_password = Secret("a good long one");
  set("requireLogin", "false");
  EXPECT_NE(refusal(), "");
  config_.require_api_key = true;
  EXPECT_EQ(refusal(), "");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_NE(warnings_[0].find("switched off"), std::string::npos);
}

TEST_F(Exposure, IsRefusedWithSettingsThatTheGatewayWouldHaveRefusedItself) {
  for (const bool password : {false, true}) {
    for (const bool keys : {false, true}) {
      config_.initial_password = Secret(password ? "a good long one" : "");
      config_.require_api_key = keys;
      const identity::Guards guards{.password = password, .keys = keys};
      EXPECT_EQ(refusal().empty(), !guards.under({}).none()) << password << keys;
    }
  }
}

TEST_F(Exposure, IsRefusedWithAPasswordThatEverybodyKnows) {
  config_.initial_password = Secret("CHANGEME");
  config_.require_api_key = true;
  EXPECT_NE(refusal().find("INITIAL_PASSWORD"), std::string::npos);
  config_.host = "127.0.0.1";
  EXPECT_EQ(refusal(), "");
}

TEST_F(Exposure, IsRefusedWithAShortPasswordUnlessThoseAreAllowed) {
  config_.initial_password = Secret("k3!x9");
  EXPECT_NE(refusal().find("at least 8 characters"), std::string::npos);
  config_.allow_weak_password = true;
  EXPECT_EQ(refusal(), "");
}

TEST_F(Exposure, AsksNothingOfAPasswordOfTheEnvironmentThatIsNotUsedAnyMore) {
  config_.initial_password = Secret("CHANGEME");
  store::ConfigStore& stored = storage_->configuration();
  ASSERT_TRUE(stored.database().write_now([&](sql::Session& session) {
    return store::store_secret(session, stored.sealer(), store::password_hash, Secret("$2b$"));
  }));
  EXPECT_EQ(refusal(), "");
}

TEST_F(Exposure, NamesTheDataDirectoryInWhatItAdvises) {
  EXPECT_NE(refusal().find("omniroute reset-password --data-dir " + folder_.path() + " "),
            std::string::npos);
}

}  // namespace
}  // namespace omni::gateway
