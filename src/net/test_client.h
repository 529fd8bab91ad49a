#pragma once

// What the tests of the client share: a client on a loop, and a call that runs there while the test
// plays the upstream on its own thread.

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "net/client.h"
#include "net/test_net.h"

namespace omni::net::testing {

class ClientWorld {
 public:
  struct Options {
    ConnectionPool::Limits limits;
    std::string ca_file;
    Resolver::LookUp look_up;  // null: the system's
  };

  ClientWorld() : ClientWorld(Options{}) {}
  explicit ClientWorld(const Options& options);
  ~ClientWorld();

  std::size_t resting();
  /// Returns when the loop has dealt with everything that had come to its sockets by now.
  void settle();

  World world;
  std::unique_ptr<ClientTls> tls;
  std::unique_ptr<Client> client;
};

/// What became of a call and of its body.
struct Outcome {
  int status = 0;
  bool reused = false;
  std::map<std::string, std::string> fields;
  std::string body;
  std::optional<Error> error;

  std::string message() const { return error ? error->message() : std::string(); }
  bool failed_as(Error::Kind kind) const { return error && error->kind() == kind; }
};

/// What is read of the answer's body before the answer is dropped; `hold` keeps it, unread, until
/// the call is cancelled.
enum class Taking { all, head_only, first_piece, hold };

/// A call on its way.  What the Call points to outlives it.
class Calling {
 public:
  Calling(ClientWorld& world, const Call& call, Taking taking = Taking::all);
  ~Calling();
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;

  /// At most ten seconds, then the call is cancelled.
  Outcome wait();
  void cancel();
  bool finished() const;
  /// Of the body, so far.
  std::string received();

 private:
  Task<> run();
  Task<Status> take_body(Answer& answer);

  ClientWorld& world_;
  Call call_;
  Taking taking_;
  Scope scope_;
  std::mutex mutex_;
  Outcome outcome_;
  std::promise<void> finished_;
  std::future<void> finish_ = finished_.get_future();
  bool waited_ = false;
};

/// Calls and waits.
Outcome call_and_wait(ClientWorld& world, const Call& call);

/// A GET, and a POST with a body, to `origin`.
Call get(const Origin& origin);
Call post(const Origin& origin, std::string_view body);

Address loopback_address(std::uint16_t port);

/// A socket that is connected to a port of this machine.
Fd connected_to(std::uint16_t port);

/// Gives `total` bytes in pieces, and counts them.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::uint64_t total, std::size_t piece_bytes)
      : total_(total), piece_(piece_bytes, 'b') {}

  Task<Result<std::string_view>> read() override;
  bool done() const override { return given == total_; }
  std::optional<std::uint64_t> announced() const override {
    return tells_length ? std::optional(total_) : std::nullopt;
  }

  std::atomic<std::uint64_t> given = 0;
  bool tells_length = false;

 private:
  std::uint64_t total_;
  std::string piece_;
};

/// Gives one piece and then nothing until its task is cancelled; or fails, if told how.
class StuckSource final : public ByteSource {
 public:
  explicit StuckSource(std::optional<Error> failure = std::nullopt)
      : failure_(std::move(failure)) {}
  Task<Result<std::string_view>> read() override;
  bool done() const override { return false; }

 private:
  std::optional<Error> failure_;
  bool begun_ = false;
};

}  // namespace omni::net::testing
