// Proxies that speak TLS themselves, played by OpenSSL on a blocking socket: plain requests inside
// of one TLS, and TLS to the origin inside of it.

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <thread>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::ClientWorld;
using testing::get;
using testing::Outcome;
using testing::RawUpstream;
using testing::TestCertificate;
using testing::TestServer;

/// Serves one connection: shakes hands, hears the CONNECT, grants it and then carries bytes to a
/// port of this machine and back.
class PlayedProxy {
 public:
  PlayedProxy(const TestCertificate& certificate, std::uint16_t origin_port)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate_chain_file(context_.get(), certificate.files.certificate_chain.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), certificate.files.private_key.c_str(),
                                SSL_FILETYPE_PEM);
    thread_ = std::thread([this, origin_port] { serve(origin_port); });
  }
  ~PlayedProxy() { thread_.join(); }
  PlayedProxy(const PlayedProxy&) = delete;
  PlayedProxy& operator=(const PlayedProxy&) = delete;

  std::uint16_t port() const { return listener_.port(); }
  /// What it was asked, once the client is gone.
  const std::string& asked() const { return asked_; }

 private:
  using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

  void serve(std::uint16_t origin_port) {
    const RawUpstream::Connection connection = listener_.accept();
    const Tls tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), connection.number());
    if (SSL_accept(tls.get()) != 1) return;
    char byte = 0;
    while (!asked_.ends_with("\r\n\r\n") && SSL_read(tls.get(), &byte, 1) == 1) {
      asked_.push_back(byte);
    }
    constexpr std::string_view granted = "HTTP/1.1 200 OK\r\n\r\n";
    SSL_write(tls.get(), granted.data(), static_cast<int>(granted.size()));
    const Fd origin = testing::connected_to(origin_port);
    while (wait(*tls, origin) && carry(*tls, origin)) {
    }
  }

  static bool wait(SSL& tls, const Fd& origin) {
    polled_ = {pollfd{SSL_get_fd(&tls), POLLIN, 0}, pollfd{origin.number(), POLLIN, 0}};
    if (SSL_pending(&tls) > 0) {
      polled_[0].revents = POLLIN;
      return true;
    }
    return ::poll(polled_.data(), polled_.size(), 10'000) > 0;
  }

  static bool carry(SSL& tls, const Fd& origin) {
    std::array<char, 16384> bytes{};
    if (polled_[0].revents != 0) {
      const int got = SSL_read(&tls, bytes.data(), bytes.size());
      if (got <= 0) return false;
      ::send(origin.number(), bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
    }
    if (polled_[1].revents != 0) {
      const ssize_t got = ::recv(origin.number(), bytes.data(), bytes.size(), 0);
      if (got <= 0) return false;
      SSL_write(&tls, bytes.data(), static_cast<int>(got));
    }
    return true;
  }

  inline static thread_local std::array<pollfd, 2> polled_;

  RawUpstream listener_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::string asked_;
  std::thread thread_;
};

Task<Status> echo(Exchange& exchange) {
  const Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  const OutFields fields;
  co_return co_await exchange.reply(200, fields, *body);
}

class TlsProxyTest : public ::testing::Test {
 protected:
  /// What a call with a body to `origin` through the proxy comes to, and what the proxy was asked.
  std::string call_through(const Origin& origin, const std::string& body, Outcome& outcome) {
    PlayedProxy played(certificate_, origin.port);
    const Proxy proxy{Proxy::Kind::https, "localhost", played.port(),
                      Proxy::Login{Secret("Aladdin"), Secret("open sesame")}};
    Call call = testing::post(origin, body);
    call.proxy = &proxy;
    outcome = call_and_wait(world_, call);
    world_.world.run([&]() -> Task<> {
      world_.client->close();
      co_return;
    });
    return played.asked();
  }

  TestCertificate certificate_;
  ClientWorld world_{{{}, certificate_.files.certificate_chain, nullptr}};
};

TEST_F(TlsProxyTest, IsAskedForATunnelInsideOfTls) {
  TestServer server(world_.world, echo);
  Outcome outcome;
  const std::string asked = call_through(server.origin(), "hello", outcome);
  EXPECT_EQ(outcome.body, "hello") << outcome.message();
  const std::string where = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(asked, "CONNECT " + where + " HTTP/1.1\r\nhost: " + where +
                       "\r\nproxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
}

TEST_F(TlsProxyTest, CarriesTlsToTheOriginInsideOfItsOwn) {
  const std::unique_ptr<ServerTls> tls = *ServerTls::load(certificate_.files);
  TestServer server(world_.world, echo, {}, tls.get());
  for (int round = 0; round < 2; ++round) {
    const std::string body(3'000'000, static_cast<char>('a' + round));
    Outcome outcome;
    const std::string asked =
        call_through({Scheme::https, "localhost", server.port()}, body, outcome);
    EXPECT_TRUE(outcome.body == body) << outcome.message();
    EXPECT_TRUE(asked.starts_with("CONNECT localhost:"));
  }
}

TEST_F(TlsProxyTest, WhoseCertificateNobodyVouchesForIsNotAsked) {
  ClientWorld stranger;
  PlayedProxy played(certificate_, 1);
  const Proxy proxy{Proxy::Kind::https, "localhost", played.port(), std::nullopt};
  Call call = get({Scheme::http, "origin.example", 80});
  call.proxy = &proxy;
  const Outcome outcome = call_and_wait(stranger, call);
  EXPECT_TRUE(outcome.message().starts_with("proxy: TLS handshake failed: ")) << outcome.message();
}

TEST_F(TlsProxyTest, OriginWithoutTlsInsideIsAnError) {
  RawUpstream upstream;
  std::thread speaking([&] { upstream.accept().send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Outcome outcome;
  call_through({Scheme::https, "localhost", upstream.port()}, "", outcome);
  speaking.join();
  EXPECT_TRUE(outcome.failed_as(Error::Kind::unavailable)) << outcome.message();
}

}  // namespace
}  // namespace omni::net
