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
  std::unique_ptr<Journal> open() const { return *Journal::open(path_, bytes_max); }
  static Records records(const Journal& journal) {
    Records all;
    journal.each([&](std::string_view record) { all.emplace_back(record); });
    return all;
  }
  void overwrite(std::size_t place, char byte) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(place));
    file.put(byte);
  }

  TestFolder folder_;
  const std::string path_ = folder_.file("journal");
};

TEST_F(JournalTest, KeepsWhatWasAppendedInItsOrder) {
  EXPECT_TRUE(open()->empty());
  for (const std::string word : {"one", "eight888", "a longer one"}) {
    EXPECT_TRUE(open()->append(word));
  }
  EXPECT_EQ(records(*open()), (Records{"one", "eight888", "a longer one"}));
}

TEST_F(JournalTest, OutlivesAProcessThatIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto journal = open();
    for (int i = 0; i < 100'000; ++i) journal->append(std::to_string(i));
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Records found = records(*open());
  ASSERT_EQ(found.size(), 100'000U);
  EXPECT_EQ(found.back(), "99999");
}

TEST_F(JournalTest, HasNothingWhenItWasCleared) {
  const auto journal = open();
  journal->append("old");
  journal->append("older");
  journal->clear();
  EXPECT_TRUE(journal->empty());
  EXPECT_TRUE(open()->empty());
  journal->append("new");
  EXPECT_EQ(records(*open()), (Records{"new"}));
}

TEST_F(JournalTest, GrowsToItsBoundAndGivesBackWhatItTook) {
  const auto journal = open();
  const std::string record(1000, 'x');
  std::size_t count = 0;
  while (journal->append(record)) ++count;
  EXPECT_GE(count, bytes_max / 1016);
  EXPECT_EQ(records(*journal).size(), count);
  EXPECT_LE(std::filesystem::file_size(path_), bytes_max);
  journal->clear();
  EXPECT_LE(std::filesystem::file_size(path_), bytes_max / 16);
  EXPECT_TRUE(journal->append(record));
}

TEST_F(JournalTest, RefusesWhatCouldNeverFit) {
  const auto journal = open();
  EXPECT_FALSE(journal->append(""));
  EXPECT_FALSE(journal->append(std::string(bytes_max, 'x')));
  EXPECT_TRUE(journal->empty());
}

TEST_F(JournalTest, EndsBeforeARecordThatIsDamaged) {
  for (const std::string word : {"first", "second", "third"}) open()->append(word);
  overwrite(16 + 8, 'S');  // of "second"
  EXPECT_EQ(records(*open()), (Records{"first"}));
  open()->append("again");
  EXPECT_EQ(records(*open()), (Records{"first", "again"}));
}

TEST_F(JournalTest, AnyFileIsNoWorseThanAnEmptyOne) {
  std::ofstream(path_, std::ios::binary) << std::string(1000, '\xff');
  EXPECT_TRUE(open()->empty());
  std::ofstream(path_, std::ios::binary) << "abc";
  EXPECT_TRUE(open()->empty());
}

TEST_F(JournalTest, SaysWhenItCannotBeOpened) {
  EXPECT_FALSE(Journal::open(folder_.file("no/such/folder"), bytes_max));
}

}  // namespace
}  // namespace omni::store
