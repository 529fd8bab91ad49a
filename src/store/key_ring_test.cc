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
  const auto key = ring().change_key(session_, {}, random_);
  ASSERT_TRUE(key);
  EXPECT_NE(key->id, old->id);
  EXPECT_EQ(open_with(*key), "canary");
  EXPECT_EQ(open_with(*old), "");
  EXPECT_EQ(unlock()->id, key->id);
  EXPECT_FALSE(fs::exists(next()));
}

TEST_F(KeyRingTest, ChangesBetweenFileAndPassphrase) {
  seal_with(*unlock());
  EXPECT_TRUE(ring().change_key(session_, {Secret("correct horse"), {}}, random_));
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(open_with(*unlock("correct horse")), "canary");
  EXPECT_TRUE(ring("correct horse").change_key(session_, {}, random_));
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
  const auto key = ring().change_key(session_, {}, random_);
  fs::rename(file(), next());
  EXPECT_TRUE(KeyFile(file()).create(*old));
  const auto found = unlock();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, key->id);
  EXPECT_EQ(open_with(*found), "canary");
  EXPECT_EQ((*KeyFile(file()).read())->id, key->id);
  EXPECT_FALSE(fs::exists(next()));
}

TEST_F(KeyRingTest, SealsAnewEveryColumnThatHoldsSecrets) {
  const Sealer old(*unlock(), random_);
  const auto put = [&](std::string_view table, std::string_view column, std::string_view row) {
    return old.seal(Secret("canary"), {table, column, row});
  };
  seal_with(*unlock());
  const std::string setting = put("settings", "value", "skillsmpApiKey");
  EXPECT_TRUE(session_.run("INSERT INTO settings VALUES ('skillsmpApiKey', $1, 0)", {setting}));
  EXPECT_TRUE(session_.run(
      "INSERT INTO provider_connections (id, provider, auth_type, created_at, updated_at) "
      "VALUES ('c', 'groq', 'oauth', 0, 0)"));
  const std::string_view connections = "provider_connections";
  const auto columns = {"api_key", "access_token", "refresh_token", "id_token",
                        "provider_specific_data"};
  for (const std::string column : columns) {
    const std::string sealed = put(connections, column, "c");
    EXPECT_TRUE(session_.run("UPDATE provider_connections SET " + column + " = $1", {sealed}));
  }
  const auto key = ring().change_key(session_, {}, random_);
  ASSERT_TRUE(key) << key.error().message();
  const Sealer now(*key, random_);
  for (const std::string column : columns) {
    const std::string sealed = config_.select("SELECT " + column + " FROM provider_connections");
    EXPECT_TRUE(now.open(sealed, {connections, column, "c"})) << column;
  }
  EXPECT_TRUE(now.open(config_.select("SELECT value FROM settings"),
                       {"settings", "value", "skillsmpApiKey"}));
  EXPECT_EQ(open_with(*key), "canary");
}

TEST_F(KeyRingTest, ChangesNothingWhereASecretStandsInAColumnThatNobodySealsAnew) {
  const auto old = unlock();
  const std::string sealed = Sealer(*old, random_).seal(Secret("x"), {"combos", "data", "c"});
  EXPECT_TRUE(
      session_.run("INSERT INTO combos (id, name, data, created_at, updated_at) "
                   "VALUES ('c', 'c', $1, 0, 0)",
                   {sealed}));
  const auto refused = ring().change_key(session_, {}, random_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("combos.data"), std::string::npos);
  EXPECT_EQ(unlock()->id, old->id);
}

TEST_F(KeyRingTest, NotesAChangeAndKeepsTheOldKeyForTheBackupsOfBefore) {
  const auto old = unlock();
  const std::string check = config_.select("SELECT value FROM meta");
  KeyRing::Change change;
  change.entry.action = "key.changed";
  EXPECT_TRUE(ring().change_key(session_, std::move(change), random_));
  EXPECT_EQ(config_.select("SELECT action FROM audit_log"), "key.changed");
  const std::string kept = ring().old_file(old->id).path();
  EXPECT_EQ(fs::status(kept).permissions(), fs::perms(0600));
  EXPECT_FALSE(*ring().find_old_key(session_, random_));
  // A backup of before takes the place of the database.
  EXPECT_TRUE(session_.run("UPDATE meta SET value = $1", {check}));
  EXPECT_EQ((*ring().find_old_key(session_, random_))->id, old->id);
  const auto refused = unlock();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("master.key." + old->id), std::string::npos);
}

TEST_F(KeyRingTest, FindsTheKeyAndChangesNothing) {
  EXPECT_TRUE(ring().find_key(session_, random_)) << "nothing is sealed";
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_TRUE(unlock());
  EXPECT_TRUE(ring().find_key(session_, random_));
  EXPECT_FALSE(ring("another").find_key(session_, random_));
  fs::remove(file());
  EXPECT_FALSE(ring().find_key(session_, random_));
}

TEST_F(KeyRingTest, NamesTheFileThatHoldsNoKeyAndSaysWhatToDo) {
  write_file(file(), "");
  fs::permissions(file(), fs::perms(0600));
  const auto refused = unlock();
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().starts_with(file() + " holds no key"))
      << refused.error().message();
  EXPECT_NE(refused.error().message().find("from where you keep copies"), std::string::npos);
}

TEST_F(KeyRingTest, SealsAnewWhatThePredecessorSealedWithThePassphrase) {
  EXPECT_TRUE(unlock("correct horse"));
  EXPECT_TRUE(session_.run_script(
      "INSERT INTO provider_connections (id, provider, auth_type, api_key, created_at, updated_at) "
      "VALUES ('c', 'groq', 'api_key', 'enc:v1:000102030405060708090a0b0c0d0e0f:"
      "de9ec42e992001c23ce53e:0a68127f93c82116366e5c51a416a5c9', 0, 0)"));
  const auto key = ring("correct horse").change_key(session_, {}, random_);
  ASSERT_TRUE(key);
  const std::string sealed = config_.select("SELECT api_key FROM provider_connections");
  EXPECT_TRUE(sealed.starts_with("enc:v2:")) << sealed;
  EXPECT_EQ(Sealer(*key, random_).open(sealed, {"provider_connections", "api_key", "c"})->reveal(),
            "sk-test-123");
}

}  // namespace
}  // namespace omni::store
