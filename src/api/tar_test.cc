#include "api/tar.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include "store/test_folder.h"

namespace omni::api {
namespace {

constexpr Clock::Wall noon{Millis(1'772'359'200'000)};

std::string unzip(const std::string& path) {
  std::string text;
  std::string piece(4096, '\0');
  const gzFile file = ::gzopen(path.c_str(), "rb");
  for (int got = 1; got > 0;) {
    got = ::gzread(file, piece.data(), static_cast<unsigned>(piece.size()));
    if (got > 0) text.append(piece, 0, static_cast<std::size_t>(got));
  }
  EXPECT_EQ(::gzclose(file), Z_OK);
  return text;
}

TEST(Tar, HeaderIsOfUstar) {
  const std::string header = tar_header("folder/a.json", 1000, noon);
  ASSERT_EQ(header.size(), 512U);
  EXPECT_EQ(header.substr(0, 14), std::string("folder/a.json\0", 14));
  EXPECT_EQ(header.substr(100, 8), std::string("0000600\0", 8));
  EXPECT_EQ(header.substr(124, 12), std::string("00000001750\0", 12));
  EXPECT_EQ(header.substr(136, 12), std::string("15151007040\0", 12));
  EXPECT_EQ(header.substr(257, 8), std::string("ustar\00000", 8));
  std::string blank = header;
  blank.replace(148, 8, 8, ' ');
  unsigned sum = 0;
  for (const char c : blank) sum += static_cast<unsigned char>(c);
  EXPECT_EQ(std::stoul(header.substr(148, 6), nullptr, 8), sum);
  EXPECT_EQ(header.substr(154, 2), std::string("\0 ", 2));
}

TEST(Tar, ArchiveHoldsTextsAndFilesOfAnySize) {
  const store::TestFolder folder;
  const std::string big(700'001, 'b');
  store::write_file(folder.file("big"), big);
  const std::string path = folder.file("a.tar.gz");
  const auto tar = TarGzWriter::open(path, noon);
  ASSERT_TRUE(tar);
  EXPECT_TRUE((*tar)->add("empty", ""));
  EXPECT_TRUE((*tar)->add("whole", std::string(512, 'w')));
  EXPECT_TRUE((*tar)->add_file("big", folder.file("big")));
  EXPECT_TRUE((*tar)->finish());
  std::string text = unzip(path);
  EXPECT_EQ(text.size() % 512, 0U);
  for (const auto& [name, bytes] : {std::pair<std::string, std::string>{"empty", ""},
                                    {"whole", std::string(512, 'w')},
                                    {"big", big}}) {
    EXPECT_EQ(text.substr(0, 512), tar_header(name, bytes.size(), noon));
    EXPECT_EQ(text.substr(512, bytes.size()), bytes);
    text = text.substr(512 + (bytes.size() + 511) / 512 * 512);
  }
  EXPECT_EQ(text, std::string(1024, '\0'));
}

TEST(Tar, ArchiveIsForItsOwnerAloneAndTakesNobodysPlace) {
  const store::TestFolder folder;
  const std::string path = folder.file("a.tar.gz");
  ASSERT_TRUE(TarGzWriter::open(path, noon));
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_FALSE(TarGzWriter::open(path, noon));
}

TEST(Tar, SaysThatAFileIsNotThere) {
  const store::TestFolder folder;
  const auto tar = TarGzWriter::open(folder.file("a.tar.gz"), noon);
  EXPECT_FALSE((*tar)->add_file("gone", folder.file("gone")));
}

}  // namespace
}  // namespace omni::api
