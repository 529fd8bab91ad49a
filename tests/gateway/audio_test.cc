// A recording that is large passes through the process and is never in its memory.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "base/strings.h"
#include "browser.h"
#include "net/test_net.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

constexpr std::size_t recording_bytes = std::size_t{100} << 20;
constexpr std::uint64_t growth_kb_max = 20 * 1024;

/// What the kernel says of a process in one line of its status.
std::uint64_t kilobytes_of(const Process& process, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(process.id()) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    const std::string_view rest = trim(std::string_view(line).substr(name.size()));
    return parse_unsigned(rest.substr(0, rest.find(' '))).value_or(0);
  }
  return 0;
}

/// The most that the process has had so far is from now on what it has now.
void forget_peak(const Process& process) {
  std::ofstream("/proc/" + std::to_string(process.id()) + "/clear_refs") << "5";
}

/// Hears recordings without keeping them, and refuses the first.
class Listener {
 public:
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/v1"; }
  std::uint64_t heard() const { return heard_; }

 private:
  net::Task<Status> listen(net::Exchange& exchange) {
    exchange.set_body_bytes_max(2 * recording_bytes);
    while (!exchange.body().done()) {
      const Result<std::string_view> piece = co_await exchange.body().read();
      if (!piece) co_return piece.error();
      heard_ += piece->size();
    }
    if (!exchange.request().path().ends_with("/audio/transcriptions")) {
      co_return co_await exchange.reply_json(200, "{}");
    }
    const bool refuses = refusals_-- > 0;
    co_return co_await exchange.reply_json(refuses ? 500 : 200, R"({"text":"Good morning."})");
  }

  std::atomic<std::uint64_t> heard_ = 0;
  std::atomic<int> refusals_ = 1;
  net::testing::World world_;
  net::testing::TestServer server_{world_,
                                   [this](net::Exchange& exchange) { return listen(exchange); }};
};

std::string transcribe(std::uint16_t port) {
  const std::string head =
      "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n";
  const std::string tail =
      "\r\n--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\near/whisper\r\n--b--\r\n";
  net::testing::RawClient client(port);
  client.send(
      "POST /v1/audio/transcriptions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
      "content-type: multipart/form-data; boundary=b\r\ncontent-length: " +
      std::to_string(head.size() + recording_bytes + tail.size()) + "\r\n\r\n" + head);
  const std::string piece(std::size_t{1} << 20, 'x');
  for (std::size_t sent = 0; sent < recording_bytes; sent += piece.size()) client.send(piece);
  client.send(tail);
  return client.read_answer();
}

/// Two accounts with that listener, whose models are called `ear/…`.
void connect(const Served& served, const Listener& listener) {
  const Answer made = Browser(served.port())
                          .ask("POST", "/api/provider-nodes",
                               R"({"apiType":"chat","name":"Ear","prefix":"ear","baseUrl":")" +
                                   listener.url() + R"("})");
  ASSERT_EQ(made.status, 201) << made.body;
  for (const std::string name : {"one", "two"}) {
    const Ending added = run_omniroute(
        {"providers", "add", "ear", name, "--data-dir", served.data_dir()}, {}, name + "\n");
    ASSERT_EQ(added.status, 0) << added.err;
  }
}

TEST(Audio, AnUploadOf100MegabytesThatIsSentTwiceCostsLessThan20MegabytesOfMemory) {
  const Listener listener;
  Served served;
  connect(served, listener);
  const std::uint64_t before = kilobytes_of(served.process(), "VmRSS:");
  forget_peak(served.process());
  const std::string answer = transcribe(served.port());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("Good morning."), std::string::npos);
  EXPECT_GT(listener.heard(), 2 * recording_bytes);
  const std::uint64_t peak = kilobytes_of(served.process(), "VmHWM:");
  ASSERT_GT(before, 0);
  EXPECT_LT(peak, before + growth_kb_max);
  RecordProperty("growth_kb", std::to_string(peak - std::min(peak, before)));
}

}  // namespace
}  // namespace omni::gateway_test
