// The provider behind the proxy: bench_upstream <port>.  One thread, one edge-triggered epoll, no
// work that could be mistaken for the proxy's.  Every request's body is read to its end, then what
// its path contains is answered as OpenAI Chat does:
//   /json       1 KB of JSON with a length
//   /sse/burst  100 events of 260 B, the last with the usage, and [DONE]; each a chunk of its own,
//               handed to the kernel at once
//   /sse/paced  the same events one by one, `gap_ms` apart
//   /sse/idle   ten events, then silence until the peer goes
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http.h"
#include "socket.h"

namespace omni::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int events_per_answer = 100;
constexpr int events_before_idling = 10;
constexpr std::size_t event_bytes = 260;
constexpr std::size_t gap_ms = 5;

/// What goes over the wire, made once.
struct Answers {
  std::string json;
  std::string sse_head;
  std::string event;  // as one chunk
  std::string last_event;
  std::string end;
  std::string burst;
  std::string idle;
};

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string as_chunk(const std::string& text) {
  std::array<char, 16> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
  return size.data() + text + "\r\n";
}

/// Padded to `event_bytes` in the way of OpenAI, which hides the lengths of words.
std::string make_event(const std::string& choice, const std::string& usage) {
  std::string text =
      R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764460800,)"
      R"("model":"gpt","choices":[{"index":0,)" +
      choice + R"(}],"usage":)" + usage + R"(,"obfuscation":")";
  const std::string tail = "\"}\n\n";
  return as_chunk(text.append(event_bytes - text.size() - tail.size(), 'x') + tail);
}

Answers make_answers() {
  Answers answers;
  std::string body =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1764460800,"model":"gpt",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":")";
  const std::string tail =
      R"("},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":900,"completion_tokens":200,"total_tokens":1100}})";
  body.append(1024 - body.size() - tail.size(), 'x').append(tail);
  answers.json =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer: bench\r\n"
      "X-Request-Id: req_0123456789\r\nContent-Length: 1024\r\n\r\n" +
      body;
  answers.sse_head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nServer: bench\r\n"
      "Cache-Control: no-cache\r\nX-Request-Id: req_0123456789\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  answers.event =
      make_event(R"("delta":{"content":" word"},"logprobs":null,"finish_reason":null)", "null");
  answers.last_event =
      make_event(R"("delta":{},"finish_reason":"stop")",
                 R"({"prompt_tokens":900,"completion_tokens":99,"total_tokens":999})");
  answers.end = as_chunk("data: [DONE]\n\n") + "0\r\n\r\n";
  answers.burst = answers.sse_head + repeat(answers.event, events_per_answer - 1) +
                  answers.last_event + answers.end;
  answers.idle = answers.sse_head + repeat(answers.event, events_before_idling);
  return answers;
}

struct Connection {
  int fd = -1;
  MessageReader reader;
  std::string_view unsent;  // into Answers
  int events_left = 0;
};

class Upstream {
 public:
  explicit Upstream(int listener);
  [[noreturn]] void run();

 private:
  void accept_all();
  void on_ready(Connection& connection);
  bool receive(Connection& connection);
  void answer(Connection& connection);
  void send_unsent(Connection& connection);
  void drop(Connection& connection);
  void start_pacing(Connection& connection);
  void send_due_events();
  void send_next_event(Connection& connection);

  const Answers answers_ = make_answers();
  int listener_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  // Paced streams, spread over the milliseconds of the gap so that they do not all speak at once.
  std::array<std::vector<Connection*>, gap_ms> slots_;
  std::size_t slot_ = 0;
  std::size_t paced_ = 0;
  std::size_t paced_ever_ = 0;
  Clock::time_point next_tick_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} * 1024);
};

Upstream::Upstream(int listener) : listener_(listener) {
  epoll_event event{EPOLLIN, {.fd = listener_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

void Upstream::run() {
  std::array<epoll_event, 256> events{};
  while (true) {
    int timeout_ms = paced_ > 0 ? 1 : -1;
    int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
      int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener_) {
        accept_all();
      } else {
        on_ready(*connections_[static_cast<std::size_t>(fd)]);
      }
    }
    if (paced_ > 0) send_due_events();
  }
}

void Upstream::accept_all() {
  while (true) {
    int fd = accept_from(listener_);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) {
      std::perror("bench_upstream: accept");
      std::exit(2);
    }
    auto index = static_cast<std::size_t>(fd);
    if (connections_.size() <= index) connections_.resize(index + 1);
    connections_[index] = std::make_unique<Connection>();
    connections_[index]->fd = fd;
    epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.fd = fd}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
}

void Upstream::on_ready(Connection& connection) {
  send_unsent(connection);
  if (!receive(connection)) drop(connection);
}

/// False when the peer is gone.
bool Upstream::receive(Connection& connection) {
  while (true) {
    ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    while (!bytes.empty()) {
      bytes.remove_prefix(connection.reader.feed(bytes));
      if (connection.reader.done()) answer(connection);
    }
  }
}

void Upstream::answer(Connection& connection) {
  const std::string& line = connection.reader.start_line();
  auto asks_for = [&line](const char* path) { return line.find(path) != std::string::npos; };
  if (asks_for("/sse/burst")) {
    connection.unsent = answers_.burst;
  } else if (asks_for("/sse/idle")) {
    connection.unsent = answers_.idle;
  } else if (asks_for("/sse/paced")) {
    connection.unsent = answers_.sse_head;
    start_pacing(connection);
  } else {
    connection.unsent = answers_.json;
  }
  connection.reader.reset();
  send_unsent(connection);
}

void Upstream::send_unsent(Connection& connection) {
  while (!connection.unsent.empty()) {
    ssize_t sent =
        send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return;  // full: epoll says when to go on; gone: the next read tells
    connection.unsent.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Upstream::drop(Connection& connection) {
  for (auto& slot : slots_) paced_ -= std::erase(slot, &connection);
  close(connection.fd);
  connections_[static_cast<std::size_t>(connection.fd)].reset();
}

void Upstream::start_pacing(Connection& connection) {
  if (paced_ == 0) next_tick_ = Clock::now();
  connection.events_left = events_per_answer;
  slots_[paced_ever_ % gap_ms].push_back(&connection);
  ++paced_ever_;
  ++paced_;
}

void Upstream::send_due_events() {
  while (next_tick_ <= Clock::now()) {
    next_tick_ += std::chrono::milliseconds(1);
    slot_ = (slot_ + 1) % gap_ms;
    auto& due = slots_[slot_];
    for (Connection* connection : due) send_next_event(*connection);
    paced_ -= std::erase_if(due, [](const Connection* c) { return c->events_left < 0; });
  }
}

void Upstream::send_next_event(Connection& connection) {
  if (!connection.unsent.empty()) return;  // a slow reader's stream waits
  connection.unsent = connection.events_left > 1   ? answers_.event
                      : connection.events_left > 0 ? answers_.last_event
                                                   : answers_.end;
  --connection.events_left;
  send_unsent(connection);
}

}  // namespace
}  // namespace omni::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int port = argc == 2 ? std::atoi(argv[1]) : 0;
  int listener = port > 0 ? omni::bench::listen_on(static_cast<std::uint16_t>(port)) : -1;
  if (listener < 0) {
    std::fputs("usage: bench_upstream <free port>\n", stderr);
    return 2;
  }
  omni::bench::Upstream(listener).run();
}
