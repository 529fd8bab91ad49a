#pragma once

// What the tests of net share: loops that run, a service made of a lambda, and a client that speaks
// bytes, so that a test can send what no decent client would.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "net/client.h"
#include "net/server.h"

namespace omni::net::testing {

/// A service that is one function.
class FunctionService final : public Service {
 public:
  using Function = std::function<Task<Status>(Exchange&)>;
  explicit FunctionService(Function function) : function_(std::move(function)) {}
  Task<Status> handle(Exchange& exchange) override { return function_(exchange); }

 private:
  Function function_;
};

/// Loops on threads of their own, a log that is kept, and what clients need.
class World {
 public:
  explicit World(std::size_t loop_count = 1);
  ~World();

  /// Runs a task on the first loop and waits for it.
  void run(const std::function<Task<>()>& task) { LoopPool::run_on(loops[0], task); }
  std::string log_text();

  SystemClock clock;
  std::mutex mutex;
  std::string lines;
  Log log;
  LoopPool loops;
  std::unique_ptr<Resolver> resolver;
};

/// A server on a port of its own, answering by `function`.
class TestServer {
 public:
  TestServer(World& world, FunctionService::Function function, ServerLimits limits = {},
             const ServerTls* tls = nullptr);
  std::uint16_t port() const { return port_; }
  Server& server() { return *server_; }
  Origin origin() const { return {Scheme::http, "127.0.0.1", port_}; }

 private:
  FunctionService service_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

/// A blocking TCP connection.  Every read gives up after ten seconds.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  /// Takes over a socket that is connected.
  explicit RawClient(Fd fd);
  void send(std::string_view bytes);
  /// One answer: head and body as framed by Content-Length or chunks; what it returns is as sent.
  std::string read_answer();
  /// Everything up to the end of the stream; "(reset)" is appended when it ends in a reset.
  std::string read_to_end();
  /// Exactly one read of what there is, waiting for it.
  std::string read_some();
  void end_sending();
  void close() { fd_.close(); }
  /// Closes with a reset, as a killed process with unread input does.
  void reset();

 private:
  Fd fd_;
  std::string held_;
};

/// A listening socket that a test serves by hand, one connection at a time, to play an upstream
/// that breaks rules.
class RawUpstream {
 public:
  explicit RawUpstream(int backlog = 64);
  std::uint16_t port() const { return port_; }
  Origin origin() const { return {Scheme::http, "127.0.0.1", port_}; }

  class Connection {
   public:
    explicit Connection(Fd fd) : fd_(std::move(fd)) {}
    void send(std::string_view bytes);
    /// Reads until what came ends a head, or the peer is gone.
    std::string read_head();
    std::string read_bytes(std::size_t count);
    /// False when the peer closed; waits for either.
    bool wait_for_byte();
    /// Waits for the peer to close, reading over what comes before.
    bool peer_closes();
    void close() { fd_.close(); }
    void reset();
    int number() const { return fd_.number(); }

   private:
    Fd fd_;
  };
  Connection accept();
  /// A connection waits to be accepted.
  bool has_waiting() const;
  /// Stops listening: who connects from now on is refused.
  void close() { fd_.close(); }

 private:
  Fd fd_;
  std::uint16_t port_ = 0;
};

/// `sleep`, for a test of what ends or outlasts a wait; never to give others time.
Task<Status> idle(Millis duration);

/// How many descriptors this process has open: a test for leaks compares two of them.
std::size_t open_descriptors();

/// Waits, at most ten seconds, until `condition` holds; false if it never did.
bool eventually(const std::function<bool()>& condition);

/// A self-signed certificate for localhost and 127.0.0.1, written to files in a fresh folder.
struct TestCertificate {
  TestCertificate();
  ~TestCertificate();
  std::string folder;
  ServerTls::Files files;
};

}  // namespace omni::net::testing
