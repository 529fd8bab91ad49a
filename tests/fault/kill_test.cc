// kill -9 at any moment: what was acknowledged is there, and the database is whole and soon open.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/strings.h"
#include "store/sql/sqlite.h"
#include "store/test_folder.h"

namespace omni {
namespace {

using Steady = std::chrono::steady_clock;

/// A running store_writer and what it has acknowledged.
class Writer {
 public:
  Writer(std::string path, std::string durability) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    std::string program = STORE_WRITER;
    std::array<char*, 4> words{program.data(), path.data(), durability.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failed =
        ::posix_spawn(&id_, program.c_str(), &actions, nullptr, words.data(), nullptr);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ends[0];
    if (failed != 0) throw std::runtime_error("cannot start the writer");
  }
  ~Writer() { ::close(output_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Listens until then, or to the end of what it has said.
  void listen_until(Steady::time_point end) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now()).count();
      if (left <= 0) return;
      pollfd waiting{output_, POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(left)) > 0 && !read_some()) return;
    }
  }
  void listen_for_the_first() {
    while (said_.find('\n') == std::string::npos && read_some()) {
    }
  }
  /// Ends it; how it ended, as waitpid tells.
  int kill() {
    ::kill(id_, SIGKILL);
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(id_, &status, 0);
    return status;
  }
  /// The last whole line.
  std::int64_t acknowledged() const {
    const std::size_t end = said_.rfind('\n');
    if (end == std::string::npos) return 0;
    const std::size_t before = end == 0 ? std::string::npos : said_.rfind('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return static_cast<std::int64_t>(
        parse_unsigned(std::string_view(said_).substr(begin, end - begin)).value());
  }

 private:
  bool read_some() {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(output_, bytes.data(), bytes.size());
    if (got > 0) said_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t id_ = -1;
  int output_ = -1;
  std::string said_;
};

class Killing : public testing::Test {
 protected:
  /// One writer's life of at most 20 ms; every other one is killed while it may still be starting.
  std::int64_t run_writer(const std::string& durability, bool from_the_start) {
    Writer writer(path_, durability);
    if (!from_the_start) writer.listen_for_the_first();
    writer.listen_until(Steady::now() + std::chrono::microseconds(random_.below(20'000)));
    const int ending = writer.kill();
    EXPECT_TRUE(WIFSIGNALED(ending)) << "it gave up by itself: " << ending;
    return writer.acknowledged();
  }

  void check_database(std::int64_t acknowledged) {
    const auto begin = Steady::now();
    const auto session = sql::open_sqlite(path_);
    reopened_.push_back(Steady::now() - begin);
    ASSERT_TRUE(session) << session.error().message();
    std::string verdict;
    ASSERT_TRUE((*session)->run("PRAGMA integrity_check", {},
                                [&](const sql::Row& row) { verdict += row.text(0); }));
    EXPECT_EQ(verdict, "ok");
    if (acknowledged == 0) return;  // it may not have come as far as the table
    std::int64_t stored = 0;
    ASSERT_TRUE((*session)->run("SELECT count(*) FROM numbers WHERE number <= $1", {acknowledged},
                                [&](const sql::Row& row) { stored = row.integer(0); }));
    EXPECT_EQ(stored, acknowledged) << "an acknowledged row is lost";
  }

  void kill_writers(const std::string& durability, int rounds) {
    std::int64_t acknowledged = 0;
    for (int round = 0; round < rounds && !HasFailure(); ++round) {
      acknowledged = std::max(acknowledged, run_writer(durability, round % 2 == 0));
      check_database(acknowledged);
    }
    EXPECT_GT(acknowledged, 0);
    // The median, since a busy machine makes anybody wait now and then.
    std::ranges::nth_element(reopened_, reopened_.begin() + rounds / 2);
    EXPECT_LT(reopened_.at(static_cast<std::size_t>(rounds / 2)), std::chrono::milliseconds(100));
  }

  store::TestFolder folder_;
  std::string path_ = folder_.file("numbers.sqlite");
  SeededRandom random_{20261129};
  std::vector<Steady::duration> reopened_;
};

TEST_F(Killing, LosesNoAcknowledgedRowWithFullDurability) { kill_writers("full", 100); }

TEST_F(Killing, LosesNoAcknowledgedRowWithNormalDurability) { kill_writers("normal", 100); }

}  // namespace
}  // namespace omni
