#include "net/spool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::World;
namespace fs = std::filesystem;

/// Bytes of which none looks like its neighbours for long.
std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

/// No file may be larger than that while this is there.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    if (std::signal(SIGXFSZ, handler_) == SIG_ERR) ADD_FAILURE();
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

class SpoolTest : public ::testing::Test {
 protected:
  /// In pieces of that size.
  Status add(std::string_view bytes, std::size_t piece = std::size_t{100'000}) {
    Status added = Nothing{};
    world_.run([&]() -> Task<> {
      while (added && !bytes.empty()) {
        added = co_await spool_.add(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
      }
    });
    return added;
  }
  std::string read(ByteSource& source) {
    std::string bytes;
    world_.run([&]() -> Task<> {
      while (!source.done()) {
        const Result<std::string_view> piece = co_await source.read();
        if (!piece) co_return;
        EXPECT_LE(piece->size(), Spool::memory_bytes_max);
        bytes.append(*piece);
      }
    });
    return bytes;
  }
  std::string read() { return read(*spool_.open()); }

  World world_;
  Workers workers_{1};
  const std::string folder_ = ::testing::TempDir();
  Spool spool_{workers_, folder_};
};

TEST_F(SpoolTest, KeepsLittleInMemory) {
  const std::string bytes = noise(Spool::memory_bytes_max);
  ASSERT_TRUE(add(bytes));
  EXPECT_FALSE(spool_.in_file());
  EXPECT_EQ(spool_.size(), bytes.size());
  EXPECT_TRUE(read() == bytes);
}

TEST_F(SpoolTest, PutsMuchIntoAFileWithoutAName) {
  const auto names = [&] {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  };
  const auto before = names();
  const std::string bytes = noise(5'000'001);
  ASSERT_TRUE(add(bytes));
  EXPECT_TRUE(spool_.in_file());
  EXPECT_EQ(names(), before);
  EXPECT_EQ(spool_.size(), bytes.size());
  EXPECT_TRUE(read() == bytes);
}

TEST_F(SpoolTest, IsReadAsOftenAsSomebodyWants) {
  const std::string bytes = noise(2'500'000);
  ASSERT_TRUE(add(bytes));
  const std::unique_ptr<ByteSource> one = spool_.open();
  EXPECT_EQ(one->announced(), bytes.size());
  EXPECT_TRUE(read(*one) == bytes);
  EXPECT_TRUE(one->rewind());
  EXPECT_TRUE(read(*one) == bytes);
  EXPECT_TRUE(read() == bytes);
}

TEST_F(SpoolTest, IsDoneAtOnceWhereThereIsNothing) {
  const std::unique_ptr<ByteSource> source = spool_.open();
  EXPECT_TRUE(source->done());
  EXPECT_EQ(source->announced(), 0);
}

TEST_F(SpoolTest, LeavesNoDescriptorBehind) {
  const std::size_t before = testing::open_descriptors();
  {
    Spool spool(workers_, folder_);
    world_.run([&]() -> Task<> {
      EXPECT_TRUE(co_await spool.add(noise(3'000'000)));
      EXPECT_TRUE(co_await spool.open()->read());
    });
    EXPECT_EQ(testing::open_descriptors(), before + 1);
  }
  EXPECT_TRUE(testing::eventually([&] { return testing::open_descriptors() == before; }));
}

TEST_F(SpoolTest, SaysWithoutAPathThatItCannotKeepMore) {
  const FileSizeLimit limit(2'000'000);
  const Status added = add(noise(4'000'000));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind(), Error::Kind::internal);
  EXPECT_EQ(added.error().message(), "The upload could not be kept");
}

TEST_F(SpoolTest, FailsWhereThereIsNoFolder) {
  Spool spool(workers_, folder_ + "/none");
  world_.run([&]() -> Task<> { EXPECT_FALSE(co_await spool.add(noise(2'000'000))); });
}

}  // namespace
}  // namespace omni::net
