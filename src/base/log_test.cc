#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace omni {
namespace {

constexpr Clock::Wall morning{std::chrono::seconds{1770091506} + Millis{789}};

class LogTest : public testing::Test {
 protected:
  Log make(Log::Options options) {
    return {clock_, options, [this](std::string_view line) { lines_.emplace_back(line); }};
  }
  std::string only_line() const { return lines_.size() == 1 ? lines_[0] : "not one line"; }

  ManualClock clock_{morning};
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneJsonLine) {
  make({}).info("server.listening", {{"url", "http://x"}, {"port", 80}, {"tls", false}});
  EXPECT_EQ(only_line(),
            R"({"time":"2026-02-03T04:05:06.789Z","level":"info","event":"server.listening",)"
            R"("url":"http://x","port":80,"tls":false})"
            "\n");
}

TEST_F(LogTest, WritesOneHumanLine) {
  make({.format = Log::Format::human}).warn("disk.full", {{"path", "a \"b\""}, {"free", -1}});
  EXPECT_EQ(only_line(), "04:05:06.789 warn  disk.full path=\"a \\\"b\\\"\" free=-1\n");
}

TEST_F(LogTest, WritesAnEventWithoutFields) {
  make({.format = Log::Format::human}).error("stop");
  EXPECT_EQ(only_line(), "04:05:06.789 error stop\n");
}

TEST_F(LogTest, ShowsASecretAsStarsInBothFormats) {
  const Secret key(std::string("sk-very-private"));
  make({}).info("call", {{"key", key}});
  make({.format = Log::Format::human}).info("call", {{"key", key}});
  ASSERT_EQ(lines_.size(), 2U);
  for (const std::string& line : lines_) {
    EXPECT_NE(line.find("***"), std::string::npos) << line;
    EXPECT_EQ(line.find("private"), std::string::npos) << line;
  }
}

TEST_F(LogTest, KeepsALineBreakInAValueFromStartingALine) {
  make({}).info("a", {{"text", "one\ntwo\x1b[31m"}});
  make({.format = Log::Format::human}).info("a", {{"text", "one\ntwo\x1b[31m"}});
  ASSERT_EQ(lines_.size(), 2U);
  for (const std::string& line : lines_) {
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_NE(line.find(R"(one\ntwo\u001b[31m)"), std::string::npos) << line;
  }
}

TEST_F(LogTest, WritesNumbersThatJsonKnows) {
  make({.format = Log::Format::human})
      .info("n", {{"low", std::numeric_limits<std::int64_t>::min()},
                  {"high", std::numeric_limits<std::uint64_t>::max()},
                  {"half", 0.5},
                  {"big", 1e20},
                  {"nan", std::nan("")},
                  {"inf", -std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(only_line(),
            "04:05:06.789 info  n low=-9223372036854775808 high=18446744073709551615 half=0.5 "
            "big=1e+20 nan=null inf=null\n");
}

TEST_F(LogTest, WritesNothingBelowItsLevel) {
  using enum Log::Level;
  for (const Log::Level level : {debug, info, warn, error, off}) {
    lines_.clear();
    const Log log = make({.level = level});
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    EXPECT_EQ(lines_.size(), 4U - static_cast<std::size_t>(level));
    EXPECT_EQ(log.wants(error), level != off);
  }
}

TEST_F(LogTest, GoesByANewLevelAtOnce) {
  Log log = make({.level = Log::Level::off});
  log.error("before");
  log.set_level(Log::Level::debug);
  log.debug("more");
  EXPECT_TRUE(log.wants(Log::Level::debug));
  log.set_level(Log::Level::warn);
  log.info("less");
  EXPECT_NE(only_line().find("\"more\""), std::string::npos) << only_line();
}

TEST_F(LogTest, TakesTextInEveryForm) {
  const std::string text = "c";
  make({.format = Log::Format::human})
      .info("t", {{"a", "a"}, {"b", std::string_view("b")}, {"c", text}});
  EXPECT_EQ(only_line(), "04:05:06.789 info  t a=\"a\" b=\"b\" c=\"c\"\n");
}

/// Standard error led into a pipe for as long as it lives.
class CapturedStderr {
 public:
  CapturedStderr() : saved_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(ends_[1]);
    close(ends_[0]);
  }
  std::string take() const {
    std::string text(4096, '\0');
    const ssize_t length = read(ends_[0], text.data(), text.size());
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
  }

 private:
  int saved_;
  int ends_[2]{-1, -1};
};

TEST(WriteToStderr, WritesTheLineAsItIs) {
  const CapturedStderr captured;
  write_to_stderr("one line\n");
  EXPECT_EQ(captured.take(), "one line\n");
}

}  // namespace
}  // namespace omni
