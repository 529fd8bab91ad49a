#pragma once

// A provider for tests: a server that answers as it was told, and remembers what it was asked and
// who left before the end.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/test_net.h"

namespace omni::upstream::testing {

/// What it says to one request.
struct Reply {
  enum class End : std::uint8_t { whole, silent, broken };

  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields = {};  // besides the content's type
  std::string type = "application/json";
  std::vector<std::string> pieces = {};
  Millis pause{0};  // before each piece but the first
  End end = End::whole;
  bool has_head = true;             // else it never says anything
  std::function<bool()> held = {};  // it begins when this no longer holds
};

Reply json_reply(std::string body, int status = 200);
Reply stream_reply(std::vector<std::string> pieces, Reply::End end = Reply::End::whole);
/// Says nothing at all.
Reply no_reply();

struct Asked {
  std::string method, target, body;
  std::map<std::string, std::string> fields;  // by names in small letters; all values, with ", "

  std::string field(const std::string& name) const;
};

class Provider {
 public:
  Provider();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  std::uint16_t port() const { return server_->port(); }

  /// For whoever shows this key; an empty one is anybody else.  One after the other; the last
  /// stays.
  void play(const std::string& key, std::vector<Reply> replies);
  void play(Reply reply) { play("", {std::move(reply)}); }
  /// In the place of all that was played: whatever `decide` says, on the provider's thread.
  using Decide = std::function<Reply(const Asked&)>;
  void play_by(Decide decide);

  std::vector<Asked> asked() const;
  Asked last_asked() const;
  /// How many answers lost their reader, and when the last one did.
  std::size_t left() const;
  Clock::Steady left_at() const;

 private:
  net::Task<Status> answer(net::Exchange& exchange);
  net::Task<Status> tell(net::Exchange& exchange, const Reply& reply);
  Reply take(const Asked& asked);
  void note_left();

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Reply>> played_;
  Decide decide_;
  std::vector<Asked> asked_;
  std::size_t left_ = 0;
  Clock::Steady left_at_{};
  net::testing::World world_;
  std::unique_ptr<net::testing::TestServer> server_;
};

}  // namespace omni::upstream::testing
