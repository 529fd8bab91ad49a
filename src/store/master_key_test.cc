#include "store/master_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "store/test_folder.h"

namespace omni::store {
namespace {

TEST(KeyFile, KeepsAKeyForItsOwnerAlone) {
  const TestFolder folder;
  SeededRandom random(1);
  const KeyFile file(folder.file("master.key"));
  EXPECT_FALSE(file.read()->has_value());
  const MasterKey key = MasterKey::random(random);
  ASSERT_TRUE(file.create(key));
  struct stat facts {};
  ASSERT_EQ(::stat(file.path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  const auto read = file.read();
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->bytes, key.bytes);
  EXPECT_EQ((*read)->id, key.id);
}

TEST(KeyFile, NeverWritesOverAKey) {
  const TestFolder folder;
  SeededRandom random(1);
  const KeyFile file(folder.file("master.key"));
  ASSERT_TRUE(file.create(MasterKey::random(random)));
  EXPECT_FALSE(file.create(MasterKey::random(random)));
}

TEST(KeyFile, IsMadeWholeWhateverAKillHasLeft) {
  const TestFolder folder;
  SeededRandom random(1);
  const KeyFile file(folder.file("master.key"));
  std::ofstream(file.path() + ".new") << "half a k";
  const MasterKey key = MasterKey::random(random);
  ASSERT_TRUE(file.create(key));
  EXPECT_EQ((*file.read())->id, key.id);
  EXPECT_NE(::access((file.path() + ".new").c_str(), F_OK), 0);
}

TEST(KeyFile, RefusesAKeyThatOthersCanReadOrThatIsNone) {
  const TestFolder folder;
  const KeyFile file(folder.file("master.key"));
  std::ofstream(file.path()) << "short\n";
  ::chmod(file.path().c_str(), 0600);
  EXPECT_FALSE(file.read());
  SeededRandom random(1);
  const KeyFile open(folder.file("open.key"));
  ASSERT_TRUE(open.create(MasterKey::random(random)));
  ::chmod(open.path().c_str(), 0640);
  const auto read = open.read();
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("chmod 600"), std::string::npos);
}

TEST(KeyFile, OneTakesTheOthersPlace) {
  const TestFolder folder;
  SeededRandom random(1);
  const KeyFile old(folder.file("master.key"));
  const KeyFile next(folder.file("master.key.next"));
  ASSERT_TRUE(old.create(MasterKey::random(random)));
  const MasterKey key = MasterKey::random(random);
  ASSERT_TRUE(next.create(key));
  ASSERT_TRUE(next.replace(old));
  EXPECT_EQ((*old.read())->id, key.id);
  EXPECT_FALSE(next.read()->has_value());
}

TEST(MasterKey, TheSamePassphraseGivesTheSameKey) {
  const MasterKey a = MasterKey::from_passphrase(Secret("correct horse"));
  const MasterKey b = MasterKey::from_passphrase(Secret("correct horse"));
  EXPECT_EQ(a.bytes, b.bytes);
  EXPECT_EQ(a.id, b.id);
  EXPECT_NE(a.id, MasterKey::from_passphrase(Secret("correct horsf")).id);
}

}  // namespace
}  // namespace omni::store
