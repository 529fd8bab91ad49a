// Proxies, played byte by byte: what they are asked, and what their answers lead to.  Once the
// tunnel stands, the test goes on as the origin on the same connection.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::get;
using testing::Outcome;
using testing::RawUpstream;
using testing::TestCertificate;
using testing::TestServer;
using namespace std::string_literals;

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const Origin origin{Scheme::http, "origin.example", 8080};

class ProxyTest : public ::testing::Test {
 protected:
  /// A call through the played proxy, and the connection on which the proxy is asked.
  void begin(Proxy::Kind kind, std::optional<Proxy::Login> login = std::nullopt,
             const Origin& to = origin) {
    proxy_ = {kind, "127.0.0.1", upstream_.port(), std::move(login)};
    Call call = get(to);
    call.proxy = &proxy_;
    calling_.emplace(world_, call);
    connection_ = upstream_.accept();
  }
  void send(std::string_view bytes) { connection_->send(bytes); }
  std::string read(std::size_t bytes) { return connection_->read_bytes(bytes); }

  /// The tunnel stands: a request comes through it and is answered.
  void expect_tunnel() {
    EXPECT_TRUE(connection_->read_head().starts_with("GET / HTTP/1.1\r\nhost: "));
    send(ok);
    const Outcome outcome = calling_->wait();
    EXPECT_EQ(outcome.body, "ok") << outcome.message();
    EXPECT_EQ(world_.resting(), 1U);
  }
  void expect_refusal(const std::string& message) {
    const Outcome outcome = calling_->wait();
    EXPECT_TRUE(outcome.failed_as(Error::Kind::unavailable));
    EXPECT_EQ(outcome.message(), message);
    EXPECT_TRUE(connection_->peer_closes());
    EXPECT_EQ(world_.resting(), 0U);
  }

  ClientWorld world_;
  RawUpstream upstream_;
  Proxy proxy_;
  std::optional<Calling> calling_;
  std::optional<RawUpstream::Connection> connection_;
};

Proxy::Login login() { return {Secret("Aladdin"), Secret("open sesame")}; }

// --- HTTP ---

using HttpProxy = ProxyTest;

TEST_F(HttpProxy, IsAskedForATunnel) {
  begin(Proxy::Kind::http);
  EXPECT_EQ(connection_->read_head(),
            "CONNECT origin.example:8080 HTTP/1.1\r\nhost: origin.example:8080\r\n\r\n");
  send("HTTP/1.1 200 Connection established\r\n\r\n");
  expect_tunnel();
}

TEST_F(HttpProxy, PutsAnIpv6OriginInBrackets) {
  begin(Proxy::Kind::http, std::nullopt, {Scheme::http, "2001:db8::1", 80});
  EXPECT_TRUE(connection_->read_head().starts_with("CONNECT [2001:db8::1]:80 HTTP/1.1\r\n"));
  send("HTTP/1.0 200 OK\r\nproxy-agent: x\r\n\r\n");
  expect_tunnel();
}

TEST_F(HttpProxy, IsShownTheLogInWhichTheOriginIsNot) {
  begin(Proxy::Kind::http, login());
  EXPECT_NE(connection_->read_head().find(
                "\r\nproxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"),
            std::string::npos);
  send("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(connection_->read_head().find("authorization"), std::string::npos);
  send(ok);
  EXPECT_EQ(calling_->wait().body, "ok");
}

TEST_F(HttpProxy, AnswerMayComeByteByByte) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  for (const char byte : "HTTP/1.1 200 OK\r\nx: y\r\n\r\n"s) {
    send({&byte, 1});
    world_.settle();
  }
  expect_tunnel();
}

TEST_F(HttpProxy, BytesBehindItsAnswerAreTheOrigins) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 200 OK\r\n\r\n" + std::string(ok));
  EXPECT_EQ(calling_->wait().body, "ok");
}

TEST_F(HttpProxy, RefusalSays407) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
  expect_refusal("proxy: it wants another log-in (407)");
}

TEST_F(HttpProxy, RefusalSaysItsStatus) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops");
  expect_refusal("proxy: it refused the tunnel (502)");
}

TEST_F(HttpProxy, MalformedAnswerIsRefused) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  expect_refusal("proxy: its answer is malformed");
}

TEST_F(HttpProxy, EndlessAnswerIsRefused) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 200 OK\r\nx: " + std::string(20'000, 'y'));
  expect_refusal("proxy: its answer is too long");
}

TEST_F(HttpProxy, HangUpIsAnError) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 200 OK\r\n");
  connection_->close();
  EXPECT_EQ(calling_->wait().message(), "proxy: it closed the connection");
}

TEST_F(HttpProxy, TunnelIsUsedAgainWithoutAskingTwice) {
  begin(Proxy::Kind::http);
  connection_->read_head();
  send("HTTP/1.1 200 OK\r\n\r\n");
  expect_tunnel();
  Call call = get(origin);
  call.proxy = &proxy_;
  calling_.emplace(world_, call);
  expect_tunnel();
}

TEST_F(HttpProxy, ThatIsNotThereIsNamedAsTheCulprit) {
  upstream_.close();
  proxy_ = {Proxy::Kind::http, "127.0.0.1", upstream_.port(), std::nullopt};
  Call call = get(origin);
  call.proxy = &proxy_;
  EXPECT_EQ(call_and_wait(world_, call).message(), "proxy: cannot connect: Connection refused");
}

// --- SOCKS5 ---

using SocksProxy = ProxyTest;

constexpr std::string_view granted("\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90", 10);

TEST_F(SocksProxy, IsGivenTheName) {
  begin(Proxy::Kind::socks5h);
  EXPECT_EQ(read(3), "\x05\x01\x00"s);
  send("\x05\x00"s);
  EXPECT_EQ(read(21), "\x05\x01\x00\x03\x0eorigin.example\x1f\x90"s);
  send(granted);
  expect_tunnel();
}

TEST_F(SocksProxy, IsGivenTheAddressWhereWeLookUpTheName) {
  begin(Proxy::Kind::socks5, std::nullopt, {Scheme::http, "localhost", 80});
  EXPECT_EQ(read(3), "\x05\x01\x00"s);
  send("\x05\x00"s);
  const std::string type = read(4);
  if (type == "\x05\x01\x00\x04"s) {
    EXPECT_EQ(read(18), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50"s);
  } else {
    EXPECT_EQ(type, "\x05\x01\x00\x01"s);
    EXPECT_EQ(read(6), "\x7f\0\0\x01\0\x50"s);
  }
  send(granted);
  expect_tunnel();
}

TEST_F(SocksProxy, IsGivenAddressesAsAddresses) {
  begin(Proxy::Kind::socks5h, std::nullopt, {Scheme::http, "192.0.2.1", 80});
  EXPECT_EQ(read(3), "\x05\x01\x00"s);
  send("\x05\x00"s);
  EXPECT_EQ(read(10), "\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"s);
  send(granted);
  expect_tunnel();
  begin(Proxy::Kind::socks5, std::nullopt, {Scheme::http, "2001:db8::1", 80});
  EXPECT_EQ(read(3), "\x05\x01\x00"s);
  send("\x05\x00"s);
  EXPECT_EQ(read(22), "\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50"s);
  calling_->cancel();
}

TEST_F(SocksProxy, IsShownTheLogIn) {
  begin(Proxy::Kind::socks5h, login());
  EXPECT_EQ(read(4), "\x05\x02\x00\x02"s);
  send("\x05\x02"s);
  EXPECT_EQ(read(21),
            "\x01\x07"
            "Aladdin\x0bopen sesame"s);
  send("\x01\x00"s);
  EXPECT_EQ(read(21), "\x05\x01\x00\x03\x0eorigin.example\x1f\x90"s);
  send(granted);
  expect_tunnel();
}

TEST_F(SocksProxy, MayDoWithoutTheLogIn) {
  begin(Proxy::Kind::socks5h, login());
  EXPECT_EQ(read(4), "\x05\x02\x00\x02"s);
  send("\x05\x00"s);
  EXPECT_EQ(read(21).size(), 21U);
  send(granted);
  expect_tunnel();
}

TEST_F(SocksProxy, BoundAddressOfEveryFormIsSkipped) {
  for (const std::string& bound :
       {"\x05\x00\x00\x03\x04host\x1f\x90"s, "\x05\x00\x00\x03\x00\x1f\x90"s,
        "\x05\x00\x00\x04"s + std::string(18, '\1'),
        "\x05\x00\x00\x03\xff"s + std::string(257, '\1')}) {
    begin(Proxy::Kind::socks5h);
    read(3);
    send("\x05\x00"s);
    read(21);
    for (const char byte : bound) {
      send({&byte, 1});
      world_.settle();
    }
    connection_->read_head();
    send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
    EXPECT_EQ(calling_->wait().body, "ok");
  }
}

TEST_F(SocksProxy, RefusesTheLogIn) {
  begin(Proxy::Kind::socks5h, login());
  read(4);
  send("\x05\x02"s);
  read(21);
  send("\x01\x01"s);
  expect_refusal("proxy: it refused user name and password");
}

TEST_F(SocksProxy, WantsALogIn) {
  for (const std::string& chosen : {"\x05\xff"s, "\x05\x02"s, "\x05\x01"s}) {
    begin(Proxy::Kind::socks5h);
    read(3);
    send(chosen);
    expect_refusal("proxy: it wants a log-in that we have not");
  }
}

TEST_F(SocksProxy, RefusesWithAReason) {
  const std::vector<std::pair<std::string, std::string>> refusals{
      {"\x05\x01\x00\x01"s, "general failure"},
      {"\x05\x02\x00\x01"s, "not allowed"},
      {"\x05\x03\x00\x01"s, "network unreachable"},
      {"\x05\x04\x00\x01"s, "host unreachable"},
      {"\x05\x05\x00\x01"s, "connection refused"},
      {"\x05\x06\x00\x01"s, "time to live expired"},
      {"\x05\x07\x00\x01"s, "command not supported"},
      {"\x05\x08\x00\x01"s, "address type not supported"},
      {"\x05\x99\x00\x01"s, "unknown failure"},
      {"\x04\x00\x00\x01"s, "its answer is malformed"},
      {"\x05\x00\x00\x02"s, "its answer is malformed"},
  };
  for (const auto& [answer, reason] : refusals) {
    begin(Proxy::Kind::socks5h);
    read(3);
    send("\x05\x00"s);
    read(21);
    send(answer);
    expect_refusal("proxy: " + reason);
  }
}

TEST_F(SocksProxy, SpeaksAnotherProtocol) {
  begin(Proxy::Kind::socks5h);
  read(3);
  send("HTTP/1.1 400 Bad Request\r\n\r\n");
  expect_refusal("proxy: it does not speak SOCKS5");
}

TEST_F(SocksProxy, HangUpIsAnError) {
  begin(Proxy::Kind::socks5h);
  read(3);
  connection_->close();
  EXPECT_EQ(calling_->wait().message(), "proxy: it closed the connection");
}

TEST_F(SocksProxy, NameThatDoesNotFitIsRefused) {
  begin(Proxy::Kind::socks5h, std::nullopt, {Scheme::http, std::string(256, 'a'), 80});
  expect_refusal("proxy: the host name is too long for SOCKS");
}

// --- https through either ---

/// Carries bytes both ways between two sockets until one of them ends.
void splice(int a, int b) {
  std::array<pollfd, 2> both{pollfd{a, POLLIN, 0}, pollfd{b, POLLIN, 0}};
  std::array<char, 65536> bytes{};
  while (::poll(both.data(), both.size(), 10'000) > 0) {
    for (std::size_t from = 0; from < 2; ++from) {
      if (both[from].revents == 0) continue;
      const ssize_t got = ::recv(both[from].fd, bytes.data(), bytes.size(), 0);
      if (got <= 0) return;
      ::send(both[1 - from].fd, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
    }
  }
}

TEST(Tunnel, CarriesTlsToTheOrigin) {
  const TestCertificate certificate;
  ClientWorld world({{}, certificate.files.certificate_chain, nullptr});
  const std::unique_ptr<ServerTls> tls = *ServerTls::load(certificate.files);
  const auto echo = [](Exchange& exchange) -> Task<Status> {
    const Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    const OutFields fields;
    co_return co_await exchange.reply(200, fields, *body);
  };
  TestServer server(world.world, echo, {}, tls.get());
  RawUpstream upstream;
  for (const Proxy::Kind kind : {Proxy::Kind::http, Proxy::Kind::socks5h}) {
    const Proxy proxy{kind, "127.0.0.1", upstream.port(), std::nullopt};
    const std::string body(300'000, 'b');
    Call call = testing::post({Scheme::https, "localhost", server.port()}, body);
    call.proxy = &proxy;
    Calling calling(world, call);
    RawUpstream::Connection connection = upstream.accept();
    if (kind == Proxy::Kind::http) {
      connection.read_head();
      connection.send("HTTP/1.1 200 OK\r\n\r\n");
    } else {
      connection.read_bytes(3);
      connection.send("\x05\x00"s);
      connection.read_bytes(5 + 9 + 2);
      connection.send(granted);
    }
    Fd to_origin = testing::connected_to(server.port());
    std::thread tunnel([&] { splice(connection.number(), to_origin.number()); });
    const Outcome outcome = calling.wait();
    EXPECT_TRUE(outcome.body == body) << outcome.message();
    world.world.run([&]() -> Task<> {
      world.client->close();
      co_return;
    });
    tunnel.join();
  }
}

}  // namespace
}  // namespace omni::net
