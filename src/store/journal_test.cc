#include "store/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include "store/test_folder.h"

namespace omni::store {
namespace {

constexpr std::size_t bytes_max = std::size_t{4} << 20;

using Records = std::vector<std::string>;

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<Journal> open() {
    found_.clear();
    return *Journal::open(path_, bytes_max,
                          [this](std::string_view record) { found_.emplace_back(record); });
  }
  const Records& records() {
    open();
    return found_;
  }
  void overwrite(std::size_t place, char byte) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte);
  }

  TestFolder folder_;
  const std::string path_ = folder_.file("journal");
  Records found_;
};

TEST_F(JournalTest, KeepsWhatWasAppendedInItsOrder) {
  EXPECT_EQ(records(), Records{});
  for (const std::string word : {"one", "eight888", "a longer one"}) {
    EXPECT_TRUE(open()->append(word));
  }
  EXPECT_EQ(records(), (Records{"one", "eight888", "a longer one"}));
}

TEST_F(JournalTest, OutlivesAProcessThatIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto journal = open();
    for (int i = 0; i < 10'000; ++i) journal->append(std::to_string(i));
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(records().size(), 10'000U);
  EXPECT_EQ(found_.back(), "9999");
}

TEST_F(JournalTest, HasNothingWhenItWasCleared) {
  const auto journal = open();
  journal->append("old");
  journal->append("older");
  journal->clear();
  EXPECT_EQ(records(), Records{});
  journal->append("new");
  EXPECT_EQ(records(), (Records{"new"}));
}

TEST_F(JournalTest, GrowsToItsBoundAndGivesBackWhatItTook) {
  const auto journal = open();
  const std::string record(1000, 'x');
  std::size_t count = 0;
  while (journal->append(record)) ++count;
  EXPECT_GE(count, bytes_max / 1024);
  EXPECT_EQ(records().size(), count);
  EXPECT_LE(std::filesystem::file_size(path_), bytes_max);
  journal->clear();
  EXPECT_LE(std::filesystem::file_size(path_), 16U);
  EXPECT_TRUE(journal->append(record));
  EXPECT_EQ(records(), (Records{record}));
}

TEST_F(JournalTest, RefusesWhatCouldNeverFit) {
  const auto journal = open();
  EXPECT_FALSE(journal->append(""));
  EXPECT_FALSE(journal->append(std::string(bytes_max, 'x')));
  EXPECT_EQ(records(), Records{});
}

TEST_F(JournalTest, EndsBeforeARecordThatIsDamaged) {
  for (const std::string word : {"first", "second", "third"}) open()->append(word);
  overwrite(8 + 5 + 8, 'S');  // of "second"
  EXPECT_EQ(records(), (Records{"first"}));
  open()->append("again");
  EXPECT_EQ(records(), (Records{"first", "again"}));
}

TEST_F(JournalTest, AnyFileIsNoWorseThanAnEmptyOne) {
  std::ofstream(path_, std::ios::binary) << std::string(1000, '\xff');
  EXPECT_EQ(records(), Records{});
  std::ofstream(path_, std::ios::binary) << "abc";
  EXPECT_EQ(records(), Records{});
}

TEST_F(JournalTest, SaysWhenItCannotBeOpened) {
  EXPECT_FALSE(Journal::open(folder_.file("no/such/folder"), bytes_max, {}));
}

}  // namespace
}  // namespace omni::store
