#include "gateway/log_writer.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace omni::gateway {
namespace {

/// A reader that takes its first piece and then none before it is told to go on.
class Reader {
 public:
  LogWriter::Sink sink() {
    return [this](std::string_view lines) {
      pieces_.emplace_back(lines);
      if (pieces_.size() > 1) return;
      took_first_.set_value();
      go_on_.get_future().wait();
    };
  }
  void wait_for_first() { took_first_.get_future().wait(); }
  void go_on() { go_on_.set_value(); }
  /// After the writer is gone.
  const std::vector<std::string>& pieces() const { return pieces_; }

 private:
  std::vector<std::string> pieces_;
  std::promise<void> took_first_, go_on_;
};

TEST(LogWriter, ALineAfterAQuietTimeGoesOutAtOnce) {
  Reader reader;
  LogWriter writer(reader.sink(), {.rest = std::chrono::hours(1)});
  writer.write("first\n");
  reader.wait_for_first();
  reader.go_on();
}

TEST(LogWriter, LinesThatComeMeanwhileGoTogetherInTheirOrderAndNoneIsForgotten) {
  Reader reader;
  {
    LogWriter writer(reader.sink());
    writer.write("first\n");
    reader.wait_for_first();
    writer.write("second\n");
    writer.write("third\n");
    reader.go_on();
  }
  EXPECT_EQ(reader.pieces(), (std::vector<std::string>{"first\n", "second\nthird\n"}));
}

TEST(LogWriter, WhoWritesIsNotHeldUpByAReaderThatDoesNotReadAndWhatIsLostIsTold) {
  Reader reader;
  {
    LogWriter writer(reader.sink(), {.bytes_max = 12});
    writer.write("first\n");
    reader.wait_for_first();
    writer.write("second\n");
    writer.write("too much\n");
    writer.write("too much\n");
    writer.write("six\n");
    reader.go_on();
  }
  ASSERT_EQ(reader.pieces().size(), 2U);
  EXPECT_EQ(reader.pieces()[1], "second\nsix\n{\"event\":\"log.lines_lost\",\"lines\":2}\n");
}

}  // namespace
}  // namespace omni::gateway
