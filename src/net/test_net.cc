#include "net/test_net.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/strings.h"

namespace omni::net::testing {
namespace {

constexpr int patience_seconds = 10;

void set_up(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{patience_seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer is gone: what it answered says why
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void reset_on_close(Fd& fd) {
  const struct linger now {
    1, 0
  };
  ::setsockopt(fd.number(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  fd.close();
}

/// The length of the answer at the start of `text`, 0 while it is not all there.
std::size_t answer_length(std::string_view text) {
  const std::size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return 0;
  const std::size_t body = head_end + 4;
  const std::string head = to_lower(text.substr(0, head_end));
  if (head.find("transfer-encoding: chunked") != std::string::npos) {
    const std::size_t end = text.find("0\r\n\r\n", body);
    return end == std::string_view::npos ? 0 : end + 5;
  }
  const std::size_t length_at = head.find("content-length: ");
  if (length_at == std::string::npos) return body;
  std::string_view digits = std::string_view(head).substr(length_at + 16);
  const std::size_t length = parse_unsigned(digits.substr(0, digits.find('\r'))).value_or(0);
  return text.size() >= body + length ? body + length : 0;
}

}  // namespace

World::World(std::size_t loop_count)
    : log(clock, {},
          [this](std::string_view line) {
            const std::lock_guard lock(mutex);
            lines.append(line);
          }),
      loops(loop_count, log),
      resolver(std::make_unique<Resolver>(1)) {
  ::signal(SIGPIPE, SIG_IGN);
}

World::~World() { resolver.reset(); }

std::string World::log_text() {
  const std::lock_guard lock(mutex);
  return lines;
}

TestServer::TestServer(World& world, FunctionService::Function function, ServerLimits limits,
                       const ServerTls* tls)
    : service_(std::move(function)),
      server_(std::make_unique<Server>(world.loops, service_, world.clock, limits)) {
  port_ = *server_->listen("127.0.0.1", 0, tls);
}

RawClient::RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = loopback(port);
  set_up(fd_.number());
  if (::connect(fd_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd_.close();
  }
}

RawClient::RawClient(Fd fd) : fd_(std::move(fd)) { set_up(fd_.number()); }

void RawClient::send(std::string_view bytes) { send_all(fd_.number(), bytes); }

std::string RawClient::read_some() {
  if (!held_.empty()) return std::exchange(held_, {});
  std::array<char, 16384> bytes{};
  const ssize_t got = ::recv(fd_.number(), bytes.data(), bytes.size(), 0);
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

std::string RawClient::read_answer() {
  std::string text;
  for (;;) {
    if (const std::size_t length = answer_length(text); length > 0) {
      held_ = text.substr(length);
      return text.substr(0, length);
    }
    const std::string more = read_some();
    if (more.empty()) return text;
    text.append(more);
  }
}

std::string RawClient::read_to_end() {
  std::string text = std::exchange(held_, {});
  std::array<char, 16384> bytes{};
  for (;;) {
    const ssize_t got = ::recv(fd_.number(), bytes.data(), bytes.size(), 0);
    if (got < 0) return text + (errno == ECONNRESET ? "(reset)" : "(timeout)");
    if (got == 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void RawClient::end_sending() { ::shutdown(fd_.number(), SHUT_WR); }

void RawClient::reset() { reset_on_close(fd_); }

RawUpstream::RawUpstream(int backlog) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  set_up(fd_.number());
  OMNI_ASSERT(::bind(fd_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
              0);
  OMNI_ASSERT(::listen(fd_.number(), backlog) == 0);
  socklen_t length = sizeof address;
  ::getsockname(fd_.number(), reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
}

RawUpstream::Connection RawUpstream::accept() {
  Fd fd(::accept4(fd_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (fd) set_up(fd.number());
  return Connection(std::move(fd));
}

void RawUpstream::Connection::send(std::string_view bytes) { send_all(fd_.number(), bytes); }

std::string RawUpstream::Connection::read_head() {
  std::string text;
  std::array<char, 16384> bytes{};
  while (text.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(fd_.number(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string RawUpstream::Connection::read_bytes(std::size_t count) {
  std::string text(count, '\0');
  const ssize_t got = ::recv(fd_.number(), text.data(), count, MSG_WAITALL);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

bool RawUpstream::Connection::peer_closes() {
  std::array<char, 16384> bytes{};
  ssize_t got = 1;
  while (got > 0) got = ::recv(fd_.number(), bytes.data(), bytes.size(), 0);
  return got == 0 || errno == ECONNRESET;
}

void RawUpstream::Connection::reset() { reset_on_close(fd_); }

bool RawUpstream::has_waiting() const {
  pollfd listening{fd_.number(), POLLIN, 0};
  return ::poll(&listening, 1, 0) == 1;
}

bool RawUpstream::Connection::wait_for_byte() {
  char byte = 0;
  return ::recv(fd_.number(), &byte, 1, 0) == 1;
}

Task<Status> idle(Millis duration) { return sleep(duration); }

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(patience_seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TestCertificate::TestCertificate() {
  std::string pattern = std::filesystem::temp_directory_path() / "omniroute-test-XXXXXX";
  folder = ::mkdtemp(pattern.data());
  files = {folder + "/certificate.pem", folder + "/key.pem"};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* common = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* out = std::fopen(files.certificate_chain.c_str(), "we");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(files.private_key.c_str(), "we");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TestCertificate::~TestCertificate() { std::filesystem::remove_all(folder); }

}  // namespace omni::net::testing
