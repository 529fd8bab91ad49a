#include "gateway/env_file.h"

#include <gtest/gtest.h>

#include "store/test_folder.h"

namespace omni::gateway {
namespace {

std::string value(std::string_view line) {
  const Result<Environment> read = EnvFile::parse(line);
  if (!read) return "refused: " + read.error().message();
  return read->empty() ? "(none)" : read->front().second;
}

TEST(EnvFile, ReadsNamesAndValues) {
  EXPECT_EQ(value("A=1"), "1");
  EXPECT_EQ(value("  A = 1 \r"), "1");
  EXPECT_EQ(value("export A=1"), "1");
  EXPECT_EQ(value("A="), "");
  EXPECT_EQ(value("A=b=c"), "b=c");
  EXPECT_EQ(value("\xEF\xBB\xBF"
                  "A=1"),
            "1");
}

TEST(EnvFile, PassesOverCommentsAndEmptyLines) {
  EXPECT_EQ(value("# A=1"), "(none)");
  EXPECT_EQ(value(" \t\n\n"), "(none)");
  EXPECT_EQ(value("A=1 # one"), "1");
  EXPECT_EQ(value("A=pass#word"), "pass#word");
  EXPECT_EQ(value("A=# nothing"), "");
}

TEST(EnvFile, KeepsWhatStandsInQuotes) {
  EXPECT_EQ(value("A=\" b # c \" # d"), " b # c ");
  EXPECT_EQ(value(R"(A="a\n\"b\"\\ \t")"), "a\n\"b\"\\ \\t");
  EXPECT_EQ(value(R"(A='a\n"b"')"), R"(a\n"b")");
  EXPECT_EQ(value("A=it's"), "it's");
}

TEST(EnvFile, TakesTheLastOfTwoLinesOfOneName) {
  const Result<Environment> read = EnvFile::parse("A=1\nB=2\nA=3\n");
  EXPECT_EQ(*read, (Environment{{"B", "2"}, {"A", "3"}}));
}

TEST(EnvFile, NamesTheLineThatIsWrongAndNotItsValue) {
  const std::string quotes = "the quotes do not end, or something stands behind them";
  EXPECT_EQ(value("A=1\nsecret"), "refused: line 2: there is no = in it");
  EXPECT_EQ(value("\n\n1A=secret"), "refused: line 3: the name before = is none");
  EXPECT_EQ(value("=secret"), "refused: line 1: the name before = is none");
  EXPECT_EQ(value("A B=secret"), "refused: line 1: the name before = is none");
  EXPECT_EQ(value("A=\"secret"), "refused: line 1: " + quotes);
  EXPECT_EQ(value("A='secret' more"), "refused: line 1: " + quotes);
  EXPECT_EQ(value(std::string_view("A=sec\0ret", 9)), "refused: line 1: there is a NUL in it");
}

TEST(EnvFile, IsTheFirstOfThePlacesThatExists) {
  const store::TestFolder folder;
  store::write_file(folder.file("second"), "A=2\n");
  store::write_file(folder.file("third"), "A=3\n");
  const Result<EnvFile> found =
      EnvFile::read_first_of({folder.file("first"), folder.file("second"), folder.file("third")});
  EXPECT_EQ(found->path, folder.file("second"));
  EXPECT_EQ(found->variables, (Environment{{"A", "2"}}));
  EXPECT_EQ(EnvFile::read_first_of({folder.file("first")})->path, "");
}

TEST(EnvFile, IsRefusedWhereItIsOfNoUse) {
  const store::TestFolder folder;
  const std::string path = folder.file(".env");
  store::write_file(path, "nonsense");
  EXPECT_EQ(EnvFile::read_first_of({path}).error().message(),
            path + ": line 1: there is no = in it");
  store::write_file(path, std::string(EnvFile::bytes_max + 1, '\n'));
  EXPECT_EQ(EnvFile::read_first_of({path}).error().message(), path + ": is larger than 256 KB");
  EXPECT_FALSE(EnvFile::read_first_of({folder.path()}));
}

}  // namespace
}  // namespace omni::gateway
