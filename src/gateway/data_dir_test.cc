#include "gateway/data_dir.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/test_folder.h"

namespace omni::gateway {
namespace {

namespace fs = std::filesystem;

TEST(DataDir, IsMadeForItsOwnerAlone) {
  const store::TestFolder folder;
  const std::string path = folder.file("a/b");
  ASSERT_TRUE(hold_data_dir(path));
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
}

TEST(DataDir, KeepsItsModeIfItIsThere) {
  const store::TestFolder folder;
  fs::permissions(folder.path(), fs::perms(0750));
  ASSERT_TRUE(hold_data_dir(folder.path()));
  EXPECT_EQ(fs::status(folder.path()).permissions(), fs::perms(0750));
}

TEST(DataDir, HasOneHolderAtATime) {
  const store::TestFolder folder;
  {
    const Result<net::Fd> first = hold_data_dir(folder.path());
    ASSERT_TRUE(first);
    const Result<net::Fd> second = hold_data_dir(folder.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), Error::Kind::conflict);
  }
  EXPECT_TRUE(hold_data_dir(folder.path()));
}

TEST(DataDir, HasNothingElseInThePlaceOfItsSocket) {
  const store::TestFolder folder;
  store::write_file(folder.file("omniroute.sock"), "mine");
  const Status usable = check_data_dir(folder.path());
  ASSERT_FALSE(usable);
  EXPECT_NE(usable.error().message().find("omniroute.sock is in the place"), std::string::npos);
}

TEST(DataDir, CannotBeMadeWhereNothingCan) {
  const Status usable = check_data_dir("/proc/1/none/data");
  ASSERT_FALSE(usable);
  EXPECT_TRUE(usable.error().message().starts_with("cannot make the data directory"));
}

TEST(DataDir, IsHeldForAsLongAsSomebodyHoldsIt) {
  const store::TestFolder folder;
  EXPECT_FALSE(is_held(folder.file("missing")));
  EXPECT_FALSE(is_held(folder.path()));
  const Result<net::Fd> held = hold_data_dir(folder.path());
  EXPECT_TRUE(is_held(folder.path()));
  EXPECT_FALSE(std::filesystem::exists(folder.file("missing")));
}

TEST(DataDir, IsNoFile) {
  const store::TestFolder folder;
  store::write_file(folder.file("file"), "");
  EXPECT_EQ(hold_data_dir(folder.file("file")).error().kind(), Error::Kind::bad_request);
  EXPECT_EQ(hold_data_dir(folder.file("file/below")).error().kind(), Error::Kind::bad_request);
  EXPECT_TRUE(check_data_dir(folder.file("missing")));
}

}  // namespace
}  // namespace omni::gateway
