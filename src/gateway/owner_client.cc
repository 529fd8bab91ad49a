#include "gateway/owner_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "json/reader.h"
#include "net/fd.h"
#include "net/head.h"

namespace omni::gateway {
namespace {

/// A backup or a restore of a large database takes its time.
constexpr timeval patience{.tv_sec = 300, .tv_usec = 0};

Error broken(std::string_view why) {
  return {Error::Kind::upstream, "the running omniroute " + std::string(why)};
}

Result<net::Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error(Error::Kind::bad_request, "the path of the unix socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  net::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return Error(Error::Kind::internal, "cannot open a socket");
  ::setsockopt(fd.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  if (errno != ENOENT && errno != ECONNREFUSED && errno != ENOTDIR) {
    return Error(Error::Kind::forbidden, "cannot connect to " + path + ": " + std::strerror(errno));
  }
  return Error(Error::Kind::unavailable,
               "no omniroute runs on this data directory (" + path +
                   "): start it with omniroute serve, or name its folder with --data-dir");
}

Status send_all(const net::Fd& fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return broken("does not take the request");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Nothing{};
}

/// False at the end of the stream, or when it has been silent for too long.
bool read_more(const net::Fd& fd, std::string& held) {
  std::array<char, 16 * 1024> bytes;  // recv() fills it
  ssize_t got = 0;
  do {
    got = ::recv(fd.number(), bytes.data(), bytes.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  held.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

Result<std::size_t> read_head(const net::Fd& fd, std::string& held) {
  net::HeadScanner scanner;
  for (;;) {
    const net::HeadScanner::Found found = scanner.scan(held);
    if (found.refusal) return broken("answers with what is no HTTP");
    if (found.head_bytes > 0) return found.head_bytes;
    if (!read_more(fd, held)) return broken("has hung up without an answer");
  }
}

/// What the gateway says in any of its forms of errors.
Error error_of(int status, std::string_view body) {
  std::string message;
  json::Reader reader;
  const json::Value error = reader.read(body).find("error");
  if (error.kind() == json::Kind::text) message = error.text();
  if (error.kind() == json::Kind::object) {
    message = error.find("message").text();
    for (const json::Value detail : error.find("details").items()) {
      message.append("\n  ").append(detail.find("field").text());
      message.append(": ").append(detail.find("message").text());
    }
  }
  if (!reader.finish() || message.empty()) message = "HTTP status " + std::to_string(status);
  if (status == 404) return {Error::Kind::not_found, std::move(message)};
  const bool refused = status >= 400 && status < 500;
  return {refused ? Error::Kind::conflict : Error::Kind::upstream, std::move(message)};
}

}  // namespace

Result<std::string> OwnerClient::ask(std::string_view method, std::string_view target,
                                     std::string_view json) const {
  Result<net::Fd> fd = connect_to(path_);
  if (!fd) return fd.error();
  std::string request(method);
  request.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  if (!json.empty()) request.append("Content-Type: application/json\r\n");
  request.append("Content-Length: ").append(std::to_string(json.size()));
  request.append("\r\nConnection: close\r\n\r\n").append(json);
  if (Status sent = send_all(*fd, request); !sent) return sent.error();

  std::string held;
  const Result<std::size_t> head_bytes = read_head(*fd, held);
  if (!head_bytes) return head_bytes.error();
  net::ResponseHead head;
  if (!head.parse(std::string_view(held).substr(0, *head_bytes), method)) {
    return broken("answers with what is no HTTP");
  }
  const net::Framing& framing = head.framing();
  const bool whole =
      framing.kind == net::Framing::Kind::length || framing.kind == net::Framing::Kind::none;
  if (!whole || framing.length > answer_bytes_max) return broken("answers with too much");
  std::string body = held.substr(*head_bytes);
  while (body.size() < framing.length) {
    if (!read_more(*fd, body)) return broken("has hung up in the middle of its answer");
  }
  if (body.size() > framing.length) return broken("answers with more than it announced");
  if (head.status() < 200 || head.status() > 299) return error_of(head.status(), body);
  return body;
}

}  // namespace omni::gateway
