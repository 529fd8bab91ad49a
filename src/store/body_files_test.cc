#include "store/body_files.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "store/test_folder.h"

namespace omni::store {
namespace {

namespace fs = std::filesystem;

class BodyFilesTest : public testing::Test {
 protected:
  void open(std::size_t file_bytes_max = 1 << 20) {
    files_ = std::make_unique<BodyFiles>(
        clock_,
        BodyFiles::Options{.folder = folder_.file("bodies"), .file_bytes_max = file_bytes_max});
  }
  std::size_t count() {
    std::error_code none;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.file("bodies"), none)) {
      count += entry.is_regular_file() ? 1U : 0U;
    }
    return count;
  }
  std::string path_of(const BodyFiles::Place& place) {
    return folder_.file("bodies/" + std::to_string(place.segment) + ".bodies");
  }
  /// Text that does not get smaller.
  static std::string noise(std::size_t bytes) {
    std::string text;
    std::uint64_t state = 1;
    while (text.size() < bytes) {
      state = state * 6364136223846793005 + 1442695040888963407;
      text += static_cast<char>(state >> 56);
    }
    return text;
  }

  TestFolder folder_;
  ManualClock clock_{from_millis(1'800'000'000'000)};
  std::unique_ptr<BodyFiles> files_;
};

TEST_F(BodyFilesTest, GiveBackWhatWasAppendedAlsoToTheNextProcess) {
  open();
  EXPECT_EQ(count(), 0U);
  const std::string large(300'000, 'x');
  const auto first = *files_->append("hello");
  const auto second = *files_->append(large);
  EXPECT_EQ(*files_->read(first), "hello");
  EXPECT_EQ(*files_->read(second), large);
  EXPECT_LT(files_->bytes(), 5000U) << "compressed";
  EXPECT_EQ(fs::status(path_of(first)).permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(folder_.file("bodies")).permissions(), fs::perms(0700));
  const std::uint64_t bytes = files_->bytes();
  open();
  EXPECT_EQ(files_->bytes(), bytes);
  EXPECT_EQ(*files_->read(second), large);
  const auto third = *files_->append("more");
  EXPECT_GT(third.segment, second.segment) << "a file that somebody else has begun is left alone";
}

TEST_F(BodyFilesTest, WhatIsHalfWrittenOrDamagedIsNoRecordAndSpoilsNoOther) {
  open();
  const auto first = *files_->append("hello");
  const auto second = *files_->append(noise(1000));
  const std::string whole = read_file(path_of(first));
  for (std::size_t size = whole.size() - 1; size > whole.size() - 900; size -= 37) {
    fs::resize_file(path_of(first), size);
    EXPECT_FALSE(files_->read(second)) << size;
    EXPECT_EQ(*files_->read(first), "hello");
  }
  std::string damaged = whole;
  damaged[damaged.size() - 10] ^= 1;
  write_file(path_of(first), damaged);
  EXPECT_FALSE(files_->read(second));
  write_file(path_of(first), whole + "garbage");
  EXPECT_TRUE(files_->read(second));
  for (const std::int64_t offset : {1L, 5L, static_cast<long>(whole.size()), 1L << 40}) {
    EXPECT_FALSE(files_->read({.segment = first.segment, .offset = offset})) << offset;
  }
  EXPECT_FALSE(files_->read({}));
  EXPECT_FALSE(files_->read({.segment = BodyFiles::missing}));
}

TEST_F(BodyFilesTest, AreBegunAnewWhenOneIsFullOrADayOld) {
  open(3000);
  const auto first = *files_->append(noise(2000));
  const auto second = *files_->append(noise(2000));
  EXPECT_LT(first.segment, second.segment);
  clock_.advance(std::chrono::hours(25));
  EXPECT_LT(second.segment, files_->append("x")->segment);
  EXPECT_EQ(count(), 3U);
}

TEST_F(BodyFilesTest, TheOldestIsForgottenFirstEvenTheOneThatIsWritten) {
  open(3000);
  const auto first = *files_->append(noise(2000));
  const auto second = *files_->append(noise(2000));
  EXPECT_TRUE(files_->forget_oldest());
  EXPECT_FALSE(files_->has(first));
  EXPECT_FALSE(files_->read(first));
  EXPECT_TRUE(files_->read(second));
  EXPECT_TRUE(files_->forget_oldest());
  EXPECT_FALSE(files_->forget_oldest());
  EXPECT_EQ(files_->bytes(), 0U);
  EXPECT_EQ(count(), 0U);
  const auto third = *files_->append("again");
  EXPECT_EQ(*files_->read(third), "again");
}

TEST_F(BodyFilesTest, AreForgottenWhenAllInThemIsOld) {
  open();
  const auto first = *files_->append("old");
  const Clock::Wall began = clock_.wall();
  files_->forget_before(began + std::chrono::hours(23));
  EXPECT_TRUE(files_->has(first)) << "the last of it may be younger";
  files_->forget_before(began + std::chrono::hours(25));
  EXPECT_FALSE(files_->has(first));
}

TEST_F(BodyFilesTest, WhatCannotBeWrittenIsAnError) {
  open();
  write_file(folder_.file("bodies"), "no folder");
  EXPECT_FALSE(files_->append("x"));
}

}  // namespace
}  // namespace omni::store
