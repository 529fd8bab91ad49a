#include "store/key_ring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "store/secrets_table.h"
#include "store/test_config.h"

namespace omni::store {
namespace {

namespace fs = std::filesystem;

class KeyRingTest : public testing::Test {
 protected:
  KeyRing ring(std::string passphrase = "") {
    return {config_.folder.path(), Secret(std::move(passphrase))};
  }
  Result<MasterKey> unlock(std::string passphrase = "") {
    return ring(std::move(passphrase)).unlock(session_, random_);
  }
  void seal_with(const MasterKey& key) {
    EXPECT_TRUE(store_secret(session_, Sealer(key, random_), "s", Secret("canary")));
  }
  std::string open_with(const MasterKey& key) {
    const auto secret = load_secret(session_, Sealer(key, random_), "s");
    return secret && *secret ? std::string((*secret)->reveal()) : "";
  }
  std::string file() { return config_.folder.file("master.key"); }
  std::string next() { return config_.folder.file("master.key.next"); }

  TestConfig config_;
  sql::Session& session_ = *config_.session;
  SeededRandom random_{1};
};

TEST_F(KeyRingTest, MakesAKeyOnceAndFindsItAgain) {
  const auto first = unlock();
  ASSERT_TRUE(first);
  const auto again = unlock();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->bytes, first->bytes);
}

TEST_F(KeyRingTest, RefusesAMissingKeyAndMakesNoOther) {
  seal_with(*unlock());
  fs::remove(file());
  const auto refused = unlock();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("master.key"), std::string::npos);
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(KeyRingTest, RefusesAWrongKey) {
  seal_with(*unlock());
  fs::remove(file());
  EXPECT_TRUE(KeyFile(file()).create(MasterKey::random(random_)));
  EXPECT_FALSE(unlock());
  EXPECT_FALSE(unlock("a passphrase"));
}

TEST_F(KeyRingTest, TakesAPassphraseAndKeepsNoFile) {
  const auto key = unlock("correct horse");
  ASSERT_TRUE(key);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(unlock("correct horse")->bytes, key->bytes);
  EXPECT_FALSE(unlock("battery staple"));
  EXPECT_FALSE(unlock());
}

TEST_F(KeyRingTest, ChangesTheKeyOfEverything) {
  const auto old = unlock();
  seal_with(*old);
  const auto key = ring().change_key(session_, Secret(), random_);
  ASSERT_TRUE(key);
  EXPECT_NE(key->id, old->id);
  EXPECT_EQ(open_with(*key), "canary");
  EXPECT_EQ(open_with(*old), "");
  EXPECT_EQ(unlock()->id, key->id);
  EXPECT_FALSE(fs::exists(next()));
}

TEST_F(KeyRingTest, ChangesBetweenFileAndPassphrase) {
  seal_with(*unlock());
  EXPECT_TRUE(ring().change_key(session_, Secret("correct horse"), random_));
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(open_with(*unlock("correct horse")), "canary");
  EXPECT_TRUE(ring("correct horse").change_key(session_, Secret(), random_));
  EXPECT_EQ(open_with(*unlock()), "canary");
}

TEST_F(KeyRingTest, GoesOnWithTheOldKeyIfAChangeBrokeOffBeforeItsCommit) {
  const auto old = unlock();
  seal_with(*old);
  EXPECT_TRUE(KeyFile(next()).create(MasterKey::random(random_)));
  EXPECT_EQ(open_with(*unlock()), "canary");
  EXPECT_EQ(unlock()->id, old->id);
  EXPECT_FALSE(fs::exists(next()));
}

TEST_F(KeyRingTest, GoesOnWithTheNewKeyIfAChangeBrokeOffAfterItsCommit) {
  const auto old = unlock();
  seal_with(*old);
  const auto key = ring().change_key(session_, Secret(), random_);
  fs::rename(file(), next());
  EXPECT_TRUE(KeyFile(file()).create(*old));
  const auto found = unlock();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, key->id);
  EXPECT_EQ(open_with(*found), "canary");
  EXPECT_EQ((*KeyFile(file()).read())->id, key->id);
  EXPECT_FALSE(fs::exists(next()));
}

TEST_F(KeyRingTest, SealsAnewWhatThePredecessorSealedWithThePassphrase) {
  EXPECT_TRUE(unlock("correct horse"));
  EXPECT_TRUE(session_.run_script(
      "INSERT INTO provider_connections (id, provider, auth_type, api_key, created_at, updated_at) "
      "VALUES ('c', 'groq', 'api_key', 'enc:v1:000102030405060708090a0b0c0d0e0f:"
      "de9ec42e992001c23ce53e:0a68127f93c82116366e5c51a416a5c9', 0, 0)"));
  const auto key = ring("correct horse").change_key(session_, Secret(), random_);
  ASSERT_TRUE(key);
  const std::string sealed = config_.select("SELECT api_key FROM provider_connections");
  EXPECT_TRUE(sealed.starts_with("enc:v2:")) << sealed;
  EXPECT_EQ(Sealer(*key, random_).open(sealed, {"provider_connections", "api_key", "c"})->reveal(),
            "sk-test-123");
}

}  // namespace
}  // namespace omni::store
