// One accepting loop, the first, hands each connection to the loop with the fewest sessions.

#include "net/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>

#include "net/task_group.h"

namespace omni::net {
namespace {

constexpr int backlog = 4096;
constexpr Millis pause_without_descriptors{100};
constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n"
    "connection: close\r\ncontent-length: 73\r\n\r\n"
    R"({"error":{"message":"too many connections","type":"service_unavailable"}})";

Error system_error(const std::string& what) {
  const auto kind = errno == EADDRINUSE ? Error::Kind::conflict : Error::Kind::unavailable;
  return {kind, what + ": " + std::strerror(errno)};
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  std::string result = text.data();
  // A client of a dual-stack listener is known by the address that it has.
  if (result.starts_with("::ffff:") && result.find('.') != std::string::npos) result.erase(0, 7);
  return result;
}

Result<Fd> bind_tcp(const std::string& host, std::uint16_t port) {
  sockaddr_storage address{};
  socklen_t length = 0;
  const std::string literal = host == "localhost" ? "127.0.0.1" : host;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (inet_pton(AF_INET, literal.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    length = sizeof v4;
  } else if (inet_pton(AF_INET6, literal.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    length = sizeof v6;
  } else {
    return Error(Error::Kind::bad_request, "\"" + host + "\" is not an IP address");
  }
  Fd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("cannot open a socket");
  const int on = 1;
  ::setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const std::string where = host + " port " + std::to_string(port);
  if (::bind(fd.number(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(fd.number(), backlog) != 0) {
    return system_error("cannot listen on " + where);
  }
  return fd;
}

std::uint16_t port_of(const Fd& fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(fd.number(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);  // as in sockaddr_in6
}

/// Whether nobody answers at the socket file any more.  A full queue is an answer, and what we may
/// not ask is not ours to replace; anything but a socket refuses, and stays where it is as well.
bool is_stale(const sockaddr_un& address) {
  struct stat file {};
  if (::lstat(address.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int connected =
      ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return connected != 0 && errno == ECONNREFUSED;
}

Result<Fd> bind_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error(Error::Kind::bad_request, "the path of the unix socket is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (is_stale(address)) ::unlink(path.c_str());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("cannot open a socket");
  // The file takes the mode of the socket: no moment at which others could connect, and no umask
  // that would be changed for the other threads as well.
  if (::fchmod(fd.number(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.number(), backlog) != 0) {
    return system_error("cannot listen on " + path);
  }
  return fd;
}

}  // namespace

/// What a loop knows of its sessions.
struct Server::Shard {
  Shard(Loop& loop, Service& service, const ServerLimits& limits, const Clock& clock)
      : host{loop, service, limits, clock, false, {}, 0}, group(loop) {}

  SessionHost host;
  TaskGroup group;
  std::set<Session*> live;
  std::atomic<std::size_t> load = 0;
};

class Server::Listener {
 public:
  Listener(Server& server, Loop& loop, Fd fd, const ServerTls* tls)
      : server_(server), socket_(loop, std::move(fd)), group_(loop), tls_(tls) {
    spare_ = open_spare();
  }

  void start() { group_.spawn(accept_all()); }
  Task<> stop() {
    group_.cancel(Error(Error::Kind::cancelled, "the server is stopping"));
    co_await group_.drained();
  }

 private:
  static Fd open_spare() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

  Task<> accept_all() {
    constexpr int accepted_per_turn_max = 64;
    while (co_await socket_.readable(forever) == Woken::signalled) {
      int accepted = 0;
      while (accepted < accepted_per_turn_max && accept_one()) ++accepted;
      if (accepted == accepted_per_turn_max) {
        co_await yield();
      } else if (!spare_) {
        if (!co_await sleep(pause_without_descriptors)) co_return;
        spare_ = open_spare();
      } else {
        socket_.set_drained();
      }
    }
  }

  bool accept_one() {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      server_.admit(fd, Peer{address_text(address), tls_ != nullptr}, tls_);
      return true;
    }
    const int why = errno;
    const bool exhausted = why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
    if (exhausted) turn_one_away();
    // All others concern the one connection that was to be accepted; the next may be well.
    return why != EAGAIN && !exhausted;
  }

  /// Without a free descriptor the client would hang in the queue: the spare one lets us hang up.
  void turn_one_away() {
    server_.loops_[0].log().warn("server.out_of_descriptors");
    spare_.close();
    const Fd refused(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  Server& server_;
  Socket socket_;
  TaskGroup group_;
  const ServerTls* tls_;
  Fd spare_;
};

Server::Server(LoopPool& loops, Service& service, const Clock& clock, ServerLimits limits)
    : loops_(loops), limits_(limits) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    shards_.push_back(std::make_unique<Shard>(loops[i], service, limits_, clock));
  }
}

Server::~Server() { drain(Millis{0}); }

Result<std::uint16_t> Server::listen(const std::string& host, std::uint16_t port,
                                     const ServerTls* tls) {
  Result<Fd> fd = bind_tcp(host, port);
  if (!fd) return fd.error();
  const std::uint16_t bound = port_of(*fd);
  add_listener(*std::move(fd), tls);
  return bound;
}

Status Server::listen_unix(const std::string& path) {
  Result<Fd> fd = bind_unix(path);
  if (!fd) return fd.error();
  add_listener(*std::move(fd), nullptr);
  return Nothing{};
}

void Server::add_listener(Fd fd, const ServerTls* tls) {
  LoopPool::run_on(loops_[0], [&]() -> Task<> {
    listeners_.push_back(std::make_unique<Listener>(*this, loops_[0], std::move(fd), tls));
    listeners_.back()->start();
    co_return;
  });
}

Server::Shard& Server::least_loaded() {
  return **std::min_element(shards_.begin(), shards_.end(), [](const auto& a, const auto& b) {
    return a->load.load(std::memory_order_relaxed) < b->load.load(std::memory_order_relaxed);
  });
}

void Server::admit(int fd, Peer peer, const ServerTls* tls) {
  if (connections_ >= limits_.connections_max) {
    const Fd refused(fd);
    if (tls == nullptr) ::send(fd, full_answer.data(), full_answer.size(), MSG_NOSIGNAL);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Shard& shard = least_loaded();
  ++connections_;
  ++shard.load;
  const auto begin = [this, fd, peer = std::move(peer), tls, &shard]() mutable {
    Fd owned(fd);
    try {
      open_session(std::move(owned), std::move(peer), tls, shard);
    } catch (...) {  // out of memory or of epoll watches
      --shard.load;
      --connections_;
      throw;
    }
  };
  shard.host.loop.post(begin);
}

void Server::open_session(Fd fd, Peer peer, const ServerTls* tls, Shard& shard) {
  Loop& loop = shard.host.loop;
  std::unique_ptr<Wire> wire;
  TlsWire* to_shake = nullptr;
  if (tls != nullptr) {
    std::unique_ptr<TlsWire> secure = tls->accept(loop, std::move(fd));
    to_shake = secure.get();
    wire = std::move(secure);
  } else {
    wire = plain_wire(loop, std::move(fd));
  }
  auto session = std::make_unique<Session>(shard.host, std::move(wire), std::move(peer));
  shard.group.spawn(run_session(std::move(session), to_shake, shard));
}

/// Counts a session from the moment it runs to its end, however it ends.
struct Server::Attendance {
  Attendance(Server& its_server, Shard& its_shard, Session& its_session)
      : server(its_server), shard(its_shard), session(its_session) {
    shard.live.insert(&session);
    if (shard.host.draining) session.drain();
  }
  ~Attendance() {
    shard.live.erase(&session);
    --shard.load;
    --server.connections_;
  }
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  Server& server;
  Shard& shard;
  Session& session;
};

Task<> Server::run_session(std::unique_ptr<Session> session, TlsWire* tls, Shard& shard) {
  const Attendance attendance(*this, shard, *session);
  co_await session->run(tls);
}

void Server::drain(Millis limit) {
  if (std::exchange(drained_, true)) return;
  LoopPool::run_on(loops_[0], [this]() -> Task<> {
    for (const auto& listener : listeners_) co_await listener->stop();
    listeners_.clear();
  });
  for (const auto& shard : shards_) {
    shard->host.loop.post([&shard = *shard] {
      shard.host.draining = true;
      for (Session* session : shard.live) session->drain();
    });
  }
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (const auto& shard : shards_) {
    LoopPool::run_on(shard->host.loop, [&shard = *shard, deadline]() -> Task<> {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (co_await shard.group.drained(std::chrono::duration_cast<Millis>(left))) co_return;
      shard.group.cancel(Error(Error::Kind::cancelled, "the server is stopping"));
      co_await shard.group.drained();
    });
  }
}

}  // namespace omni::net
