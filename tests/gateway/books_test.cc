// What a client was answered stands in the books, once, however the process ended that answered it.

#include <gtest/gtest.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/strings.h"
#include "net/test_net.h"
#include "process.h"
#include "store/sql/sqlite.h"

namespace omni::gateway_test {
namespace {

constexpr int clients = 4;

/// How many lives the gateway has: KILLS=500 for a long look.
int lives() {
  const char* const asked = std::getenv("KILLS");
  return asked == nullptr ? 8 : std::max(1, std::atoi(asked));
}

/// Whether the answer is here to its last byte.
bool is_whole(std::string_view answer, bool streamed) {
  if (streamed) return answer.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n");
  constexpr std::string_view name = "content-length: ";
  const std::size_t head = answer.find("\r\n\r\n");
  const std::size_t at = answer.find(name);
  if (head == answer.npos || at > head) return false;
  std::string_view rest = answer.substr(at + name.size());
  return parse_unsigned(rest.substr(0, rest.find('\r'))) == answer.size() - head - 4;
}

class BooksTest : public testing::Test {
 protected:
  /// Asks until nobody answers any more.
  void ask(std::uint16_t port, const std::string& name) {
    for (int i = 0;; ++i) {
      const std::string id = name + "-" + std::to_string(i);
      const bool streamed = i % 2 == 1;
      const std::string body = std::string(R"({"model":"demo/echo","stream":)") +
                               (streamed ? "true" : "false") +
                               R"(,"messages":[{"role":"user","content":"Hi"}]})";
      net::testing::RawClient client(port);
      client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: " + id +
                  "\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
      if (!is_whole(client.read_answer(), streamed)) return;
      const std::lock_guard lock(mutex_);
      answered_.push_back(id);
      more_.notify_one();
    }
  }

  /// Is killed in the middle of its work.
  void live(int number) {
    Served served({}, {}, folder_);
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back(
          [&, i] { ask(served.port(), std::to_string(number) + "-" + std::to_string(i)); });
    }
    {
      std::unique_lock lock(mutex_);
      const std::size_t enough = answered_.size() + random_.below(60);
      more_.wait(lock, [&] { return answered_.size() >= enough; });
    }
    served.process().send(SIGKILL);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(served.process().wait().signal, SIGKILL);
  }

  /// Is killed while it takes over what others have left.
  void die_young() {
    Process process(
        {OMNIROUTE_BINARY, "serve", "--port", "0", "--data-dir", folder_.path() + "/data"});
    process.is_silent_for(Millis(random_.below(100)));
    process.send(SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL);
  }

  /// How many rows there are of each request.
  std::map<std::string, std::int64_t> rows() {
    {
      Served served({}, {}, folder_);  // takes over what the last one left
      served.process().send(SIGTERM);
      EXPECT_EQ(served.process().wait().status, 0);
    }
    std::map<std::string, std::int64_t> rows;
    const auto session =
        sql::open_sqlite(folder_.path() + "/data/usage.sqlite", {.read_only = true});
    EXPECT_TRUE(session);
    const Status read = (*session)->run(
        "SELECT request_id, count(*) FROM usage GROUP BY request_id", {},
        [&](const sql::Row& row) { rows[std::string(row.text(0))] = row.integer(1); });
    EXPECT_TRUE(read) << read.error().message();
    return rows;
  }

  const Folder folder_;
  SeededRandom random_{20261130};
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> answered_;
};

TEST_F(BooksTest, EveryRequestThatWasAnsweredBeforeAKillHasItsRowOnce) {
  for (int life = 0; life < lives() && !HasFailure(); ++life) {
    life % 3 == 2 ? die_young() : live(life);
  }
  const std::map<std::string, std::int64_t> found = rows();
  EXPECT_GT(answered_.size(), static_cast<std::size_t>(lives()));
  std::size_t missing = 0, doubled = 0;
  for (const std::string& id : answered_) missing += found.contains(id) ? 0 : 1;
  for (const auto& [id, count] : found) doubled += count == 1 ? 0 : 1;
  EXPECT_EQ(missing, 0U) << "of " << answered_.size();
  EXPECT_EQ(doubled, 0U);
  std::cout << lives() << " kills, " << answered_.size() << " answers, " << found.size()
            << " rows\n";
}

}  // namespace
}  // namespace omni::gateway_test
