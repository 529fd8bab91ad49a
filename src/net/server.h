#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/loop_pool.h"
#include "net/session.h"

namespace omni::net {

/// Listens, and runs a session for each client on the loop that has the fewest.  Made, told to
/// listen and drained from one thread that is none of the loops'.
class Server {
 public:
  /// `service` answers on all loops at once and outlives the server.
  Server(LoopPool& loops, Service& service, const Clock& clock, ServerLimits limits = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `host` is an IP address or localhost; port 0 takes a free one.  Returns the port.  `tls` is
  /// null for plain connections and outlives the server.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port,
                               const ServerTls* tls = nullptr);
  /// A socket file that only the owner may use.  One left by a process that is gone is replaced.
  Status listen_unix(const std::string& path);

  /// Takes no more clients, lets running requests end within `limit`, then breaks off the rest.
  void drain(Millis limit);

  std::size_t connections() const { return connections_; }

 private:
  class Listener;
  struct Shard;
  struct Attendance;

  void add_listener(Fd fd, const ServerTls* tls);
  void admit(int fd, Peer peer, const ServerTls* tls);
  void open_session(Fd fd, Peer peer, const ServerTls* tls, Shard& shard);
  Task<> run_session(std::unique_ptr<Session> session, TlsWire* tls, Shard& shard);
  Shard& least_loaded();

  LoopPool& loops_;
  ServerLimits limits_;
  std::vector<std::unique_ptr<Shard>> shards_;        // one a loop
  std::vector<std::unique_ptr<Listener>> listeners_;  // on the first loop
  std::atomic<std::size_t> connections_ = 0;
  bool drained_ = false;
};

}  // namespace omni::net
