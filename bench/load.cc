// The clients before the proxy, closed loop: each connection sends a request, reads the whole
// answer, checks it, and only then sends the next.  When the time is over every connection finishes
// what it has begun, so that the counts are exact.
//
//   bench_load <port> <request file> <answer bytes> <answer end> <connections> <seconds>
//     An answer is right if its body has so many bytes (0: any number) and ends like that.
//     prints: requests <n> reads <n> failures <n>
//   bench_load <port> <request file> <answer bytes> <answer end> <connections> hold
//     opens that many streams, each until so many bytes have come; prints the line, keeps them open
//     until its standard input ends, and prints the line again.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "http.h"
#include "socket.h"

namespace omni::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t opening_max = 64;  // far below any listener's queue
constexpr int stalled_after_ms = 20'000;

struct Options {
  std::uint16_t port = 0;
  std::string request;
  std::size_t answer_bytes = 0;
  std::string answer_end;
  std::size_t connections = 0;
  double seconds = 0;
  bool hold = false;
};

struct Connection {
  int fd = -1;
  std::size_t sent = 0;
  bool opened = false;  // hold: has had its first bytes
  MessageReader reader;
};

class Load {
 public:
  explicit Load(Options options);
  int run();

 private:
  void open_more();
  void watch_input();
  bool turn();
  void on_input();
  void on_ready(Connection& connection);
  bool receive(Connection& connection);
  bool finish(Connection& connection);
  bool held(Connection& connection);
  void send_rest(Connection& connection) const;
  void drop(Connection& connection);
  void print() const;
  bool enough() const { return options_.hold || Clock::now() >= deadline_; }

  const Options options_;
  const Clock::time_point deadline_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections_;  // in order of opening
  std::size_t live_ = 0;
  std::size_t requests_ = 0;
  std::size_t reads_ = 0;
  std::size_t failures_ = 0;
  bool input_ended_ = false;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} * 1024);
};

Load::Load(Options options)
    : options_(std::move(options)),
      deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(options_.seconds))) {}

int Load::run() {
  open_more();
  while (live_ > 0 && !(options_.hold && requests_ == options_.connections)) {
    if (!turn()) return 1;
  }
  print();
  if (options_.hold) {
    watch_input();
    while (!input_ended_ && turn()) continue;
    print();
  }
  return failures_ > 0 ? 1 : 0;
}

void Load::open_more() {
  while (connections_.size() < options_.connections &&
         (!options_.hold || connections_.size() < requests_ + failures_ + opening_max)) {
    int fd = connect_to(options_.port);
    if (fd < 0) {
      std::perror("bench_load: connect");
      std::exit(1);
    }
    connections_.push_back(std::make_unique<Connection>());
    Connection& connection = *connections_.back();
    connection.fd = fd;
    ++live_;
    epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    send_rest(connection);
  }
}

void Load::watch_input() {
  epoll_event event{EPOLLIN, {.ptr = nullptr}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event);
}

/// False when nothing has happened for too long.
bool Load::turn() {
  std::array<epoll_event, 256> events{};
  bool waiting = options_.hold && requests_ == options_.connections;
  int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                         waiting ? -1 : stalled_after_ms);
  if (count == 0) {
    std::fprintf(stderr, "bench_load: %zu connections without an answer for %d ms\n", live_,
                 stalled_after_ms);
    return false;
  }
  for (int i = 0; i < count; ++i) {
    auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
    connection == nullptr ? on_input() : on_ready(*connection);
  }
  return true;
}

void Load::on_input() {
  std::array<char, 64> ignored{};
  input_ended_ = read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

void Load::on_ready(Connection& connection) {
  send_rest(connection);
  if (!receive(connection)) drop(connection);
}

/// False when the connection is of no more use.
bool Load::receive(Connection& connection) {
  while (true) {
    ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      ++failures_;
      return false;
    }
    ++reads_;
    auto count = static_cast<std::size_t>(got);
    std::size_t used = connection.reader.feed({buffer_.data(), count});
    if (used < count) ++failures_;  // bytes after the answer's end
    if (options_.hold && !held(connection)) return false;
    if (!options_.hold && connection.reader.done() && !finish(connection)) return false;
  }
}

/// An answer is complete; false when it is the connection's last.
bool Load::finish(Connection& connection) {
  bool right = connection.reader.start_line().starts_with("HTTP/1.1 200") &&
               connection.reader.body_ends_with(options_.answer_end) &&
               connection.sent == options_.request.size();
  if (options_.answer_bytes > 0) {
    right = right && connection.reader.body_bytes() == options_.answer_bytes;
  }
  ++(right ? requests_ : failures_);
  if (!right || enough()) return false;
  connection.reader.reset();
  connection.sent = 0;
  send_rest(connection);
  return true;
}

/// A held stream has moved; false when it has ended.
bool Load::held(Connection& connection) {
  if (connection.reader.done()) {
    ++failures_;
    return false;
  }
  if (!connection.opened && connection.reader.body_bytes() >= options_.answer_bytes) {
    connection.opened = true;
    ++requests_;
    open_more();
  }
  return true;
}

void Load::send_rest(Connection& connection) const {
  const std::string& request = options_.request;
  while (connection.sent < request.size()) {
    ssize_t sent = send(connection.fd, request.data() + connection.sent,
                        request.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0) return;  // full: epoll says when to go on; gone: the next read tells
    connection.sent += static_cast<std::size_t>(sent);
  }
}

void Load::drop(Connection& connection) {
  close(connection.fd);
  connection.fd = -1;
  --live_;
}

void Load::print() const {
  std::printf("requests %zu reads %zu failures %zu\n", requests_, reads_, failures_);
  std::fflush(stdout);
}

}  // namespace
}  // namespace omni::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 7) {
    std::fputs(
        "usage: bench_load <port> <request file> <answer bytes> <answer end> <connections> "
        "<seconds | hold>\n",
        stderr);
    return 2;
  }
  omni::bench::Options options;
  options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  std::ostringstream request;
  request << std::ifstream(argv[2], std::ios::binary).rdbuf();
  options.request = request.str();
  options.answer_bytes = std::strtoul(argv[3], nullptr, 10);
  options.answer_end = argv[4];
  options.connections = std::strtoul(argv[5], nullptr, 10);
  options.hold = std::string_view(argv[6]) == "hold";
  options.seconds = std::strtod(argv[6], nullptr);
  return omni::bench::Load(std::move(options)).run();
}
