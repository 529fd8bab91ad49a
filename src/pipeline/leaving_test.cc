// Clients that leave: the provider is told at once, and it is nobody's failure.

#include <algorithm>

#include "pipeline/test_pipeline.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;
using testing::Ask;
using testing::Mode;
using upstream::testing::Reply;
using upstream::testing::stream_reply;

constexpr std::size_t trials = 1000;

class LeavingTest : public testing::PipelineTest {
 protected:
  LeavingTest() {
    connect("ch", "one");
    connect("ch", "two");
  }

  /// Asks and leaves, many times, once the provider is asked and the client has read `heard`; how
  /// long it took until the provider knew, save in the one of a hundred trials that another program
  /// on this machine may have held up.  The longest of all is told beside the result.
  std::chrono::microseconds time_to_tell(const Ask& ask, std::string_view heard = {}) {
    std::vector<std::chrono::microseconds> times;
    for (std::size_t trial = 1; trial <= trials; ++trial) {
      net::testing::RawClient client = begin(ask);
      EXPECT_TRUE(net::testing::eventually([&] { return provider_.asked().size() == trial; }));
      std::string read;
      while (read.find(heard) == std::string::npos) {
        const std::string more = client.read_some();
        if (more.empty()) break;
        read += more;
      }
      EXPECT_NE(read.find(heard), std::string::npos) << read;
      const auto closed = std::chrono::steady_clock::now();
      client.close();
      EXPECT_TRUE(net::testing::eventually([&] { return provider_.left() == trial; }));
      times.push_back(
          std::chrono::duration_cast<std::chrono::microseconds>(provider_.left_at() - closed));
      if (HasFailure()) break;
    }
    std::ranges::sort(times);
    RecordProperty("longest_us", static_cast<int>(times.back().count()));
    return times[times.size() - 1 - times.size() / 100];
  }
  /// Nobody else was asked, nobody rests, and it stands in the books as what it was.
  void expect_nobodys_failure() {
    EXPECT_EQ(provider_.asked().size(), trials);
    const std::string one = usage(
        "count(*) || ' ' || min(status) || ' ' || max(status) || ' ' || "
        "group_concat(DISTINCT error_code)",
        trials);
    EXPECT_EQ(one, std::to_string(trials) + " 499 499 client");
    for (const auto& asked : provider_.asked()) {
      ASSERT_EQ(asked.field("authorization"), "Bearer one");
    }
  }

  static constexpr std::chrono::milliseconds at_once{10};
};

TEST_F(LeavingTest, T21_before_the_providers_head) {
  provider_.play(upstream::testing::no_reply());
  EXPECT_LE(time_to_tell(turn(Dialect::openai_chat, "ch/m", Mode::stream)), at_once);
  expect_nobodys_failure();
}

TEST_F(LeavingTest, BeforeTheFirstWord) {
  provider_.play(stream_reply({": wait\n\n"}, Reply::End::silent));
  EXPECT_LE(time_to_tell(turn(Dialect::anthropic, "ch/m", Mode::stream)), at_once);
  expect_nobodys_failure();
}

TEST_F(LeavingTest, InTheMiddleOfAStream) {
  provider_.play(stream_reply({testing::half_of_hi(Dialect::openai_chat)}, Reply::End::silent));
  EXPECT_LE(time_to_tell(turn(Dialect::openai_chat, "ch/m", Mode::stream), "\"Hi\""), at_once);
  expect_nobodys_failure();
}

TEST_F(LeavingTest, InTheMiddleOfATranslatedStream) {
  provider_.play(stream_reply({testing::half_of_hi(Dialect::openai_chat)}, Reply::End::silent));
  EXPECT_LE(time_to_tell(turn(Dialect::anthropic, "ch/m", Mode::stream), "\"Hi\""), at_once);
  expect_nobodys_failure();
}

TEST_F(LeavingTest, BeforeAWholeAnswer) {
  provider_.play(stream_reply({testing::half_of_hi(Dialect::openai_chat)}, Reply::End::silent));
  EXPECT_LE(time_to_tell(turn(Dialect::openai_chat, "ch/m", Mode::whole)), at_once);
  expect_nobodys_failure();
}

TEST_F(LeavingTest, WhileAnErrorIsRead) {
  Reply half = upstream::testing::json_reply(R"({"error":)", 500);
  half.end = Reply::End::silent;
  provider_.play(half);
  net::testing::RawClient client = begin(turn(Dialect::openai_chat, "ch/m", Mode::whole));
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.asked().size() == 1; }));
  client.close();
  EXPECT_TRUE(net::testing::eventually([&] { return provider_.left() == 1; }));
  EXPECT_EQ(usage("status"), "499");
  EXPECT_EQ(provider_.asked().size(), 1U);
}

}  // namespace
}  // namespace omni::pipeline
