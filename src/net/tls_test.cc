// What the client's TLS accepts and refuses, and what it carries.  Where the server must see more
// than ours shows, or break rules, OpenSSL plays it on a blocking socket.

#include "net/tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/test_client.h"

namespace omni::net {
namespace {

using testing::call_and_wait;
using testing::Calling;
using testing::ClientWorld;
using testing::CountedSource;
using testing::get;
using testing::Outcome;
using testing::post;
using testing::RawUpstream;
using testing::TestCertificate;
using testing::TestServer;

Task<Status> reply_ok(Exchange& exchange) {
  const OutFields fields;
  co_return co_await exchange.reply(200, fields, "ok");
}

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
constexpr std::string_view ok_and_close =
    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

ClientWorld::Options trusting(const TestCertificate& certificate) {
  ClientWorld::Options options;
  options.ca_file = certificate.files.certificate_chain;
  return options;
}

Origin secure(std::string host, std::uint16_t port) {
  return {Scheme::https, std::move(host), port};
}

/// A TLS server for one connection after the other, served by hand.
class PlayedServer {
 public:
  PlayedServer(const TestCertificate& certificate, int version)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX_use_certificate_chain_file(context_.get(), certificate.files.certificate_chain.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), certificate.files.private_key.c_str(),
                                SSL_FILETYPE_PEM);
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
  }
  Origin origin(std::string host) const { return secure(std::move(host), upstream_.port()); }

  /// Takes a connection; false if no handshake came about.
  bool accept() {
    connection_ = upstream_.accept();
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), connection_->number());
    return SSL_accept(tls_.get()) == 1;
  }
  /// Reads the head of a request and answers it.
  void serve(std::string_view answer) {
    std::array<char, 16384> bytes{};
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(tls_.get(), bytes.data(), bytes.size());
      if (got <= 0) return;
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    SSL_write(tls_.get(), answer.data(), static_cast<int>(answer.size()));
  }
  void say_goodbye() { SSL_shutdown(tls_.get()); }
  void close() { connection_.reset(); }
  SSL* tls() const { return tls_.get(); }
  RawUpstream::Connection& connection() { return *connection_; }

 private:
  RawUpstream upstream_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::optional<RawUpstream::Connection> connection_;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
};

TEST(Tls, CertificateOfATrustedAuthorityIsAccepted) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    PlayedServer server(certificate, version);
    for (const char* host : {"localhost", "127.0.0.1"}) {
      Calling calling(world, get(server.origin(host)));
      ASSERT_TRUE(server.accept());
      server.serve(ok_and_close);
      EXPECT_EQ(calling.wait().body, "ok");
      EXPECT_EQ(SSL_version(server.tls()), version);
    }
  }
}

TEST(Tls, SelfSignedCertificateIsRefusedWithTheReason) {
  const TestCertificate certificate;
  ClientWorld world;
  PlayedServer server(certificate, TLS1_3_VERSION);
  Calling calling(world, get(server.origin("localhost")));
  server.accept();
  const Outcome outcome = calling.wait();
  EXPECT_TRUE(outcome.failed_as(Error::Kind::unavailable));
  EXPECT_EQ(outcome.message(), "TLS handshake failed: self-signed certificate");
}

/// OpenSSL is told by a variable where the system has them.
TEST(Tls, TheSystemsCertificatesAreReadWhenTheFirstServerIsToBeChecked) {
  const TestCertificate certificate;
  ClientWorld world;
  ASSERT_EQ(::setenv("SSL_CERT_FILE", certificate.files.certificate_chain.c_str(), 1), 0);
  PlayedServer server(certificate, TLS1_3_VERSION);
  Calling calling(world, get(server.origin("localhost")));
  ASSERT_TRUE(server.accept());
  server.serve(ok_and_close);
  EXPECT_EQ(calling.wait().body, "ok");
  ::unsetenv("SSL_CERT_FILE");
}

TEST(Tls, CertificateOfAnotherHostIsRefused) {
  const TestCertificate certificate;
  ClientWorld::Options options = trusting(certificate);
  options.look_up = [](const std::string&, std::uint16_t port) {
    return Result<std::vector<Address>>({testing::loopback_address(port)});
  };
  ClientWorld world(options);
  PlayedServer server(certificate, TLS1_3_VERSION);
  Calling calling(world, get(server.origin("origin.example")));
  server.accept();
  EXPECT_EQ(calling.wait().message(), "TLS handshake failed: hostname mismatch");
}

TEST(Tls, CertificateOfAnotherAddressIsRefused) {
  const TestCertificate certificate;
  const std::unique_ptr<ClientTls> tls = *ClientTls::make({certificate.files.certificate_chain});
  const std::unique_ptr<ServerTls> server_tls = *ServerTls::load(certificate.files);
  testing::World world;
  TestServer server(world, reply_ok, {}, server_tls.get());
  Status shaken = Nothing{};
  world.run([&]() -> Task<> {
    // The address that the caller meant is another one than the one that was connected to.
    Fd fd = testing::connected_to(server.port());
    ::fcntl(fd.number(), F_SETFL, O_NONBLOCK);
    const std::unique_ptr<TlsWire> wire = tls->connect(world.loops[0], std::move(fd), "127.0.0.2");
    shaken = co_await wire->handshake(forever);
  });
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().message(), "TLS handshake failed: IP address mismatch");
}

TEST(Tls, NameIsSentAndAddressIsNot) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  PlayedServer server(certificate, TLS1_3_VERSION);
  Calling by_name(world, get(server.origin("localhost")));
  ASSERT_TRUE(server.accept());
  EXPECT_STREQ(SSL_get_servername(server.tls(), TLSEXT_NAMETYPE_host_name), "localhost");
  Calling by_address(world, get(server.origin("127.0.0.1")));
  ASSERT_TRUE(server.accept());
  EXPECT_EQ(SSL_get_servername(server.tls(), TLSEXT_NAMETYPE_host_name), nullptr);
}

TEST(Tls, SessionIsTakenUpAgain) {
  const TestCertificate certificate;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ClientWorld world(trusting(certificate));
    PlayedServer server(certificate, version);
    for (int visit = 0; visit < 4; ++visit) {
      Calling calling(world, get(server.origin("localhost")));
      ASSERT_TRUE(server.accept());
      EXPECT_EQ(SSL_session_reused(server.tls()) == 1, visit > 0) << visit << " of " << version;
      server.serve(ok_and_close);
      EXPECT_EQ(calling.wait().body, "ok");
    }
  }
}

TEST(Tls, ConnectionRestsAndIsUsedAgain) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    PlayedServer server(certificate, version);
    for (int request = 0; request < 3; ++request) {
      Calling calling(world, get(server.origin("localhost")));
      if (request == 0) ASSERT_TRUE(server.accept());
      server.serve(ok);
      EXPECT_EQ(calling.wait().reused, request > 0);
    }
  }
}

TEST(Tls, GoodbyeEndsABodyThatRunsToTheClose) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    PlayedServer server(certificate, version);
    Calling calling(world, get(server.origin("localhost")));
    ASSERT_TRUE(server.accept());
    server.serve("HTTP/1.1 200 OK\r\n\r\nall of it");
    server.say_goodbye();
    server.close();
    const Outcome outcome = calling.wait();
    EXPECT_FALSE(outcome.error) << outcome.message();
    EXPECT_EQ(outcome.body, "all of it");
  }
}

TEST(Tls, CloseWithoutGoodbyeIsATruncation) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    PlayedServer server(certificate, version);
    Calling calling(world, get(server.origin("localhost")));
    ASSERT_TRUE(server.accept());
    server.serve("HTTP/1.1 200 OK\r\n\r\nsome of it");
    server.close();
    const Outcome outcome = calling.wait();
    EXPECT_TRUE(outcome.error);
    EXPECT_EQ(outcome.body, "some of it");
  }
}

TEST(Tls, HangUpInTheHandshakeIsAnError) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(secure("localhost", upstream.port())));
  {
    RawUpstream::Connection connection = upstream.accept();
    connection.wait_for_byte();
  }
  const Outcome outcome = calling.wait();
  EXPECT_TRUE(outcome.failed_as(Error::Kind::unavailable)) << outcome.message();
}

TEST(Tls, PlainAnswerToTheHandshakeIsAnError) {
  ClientWorld world;
  RawUpstream upstream;
  Calling calling(world, get(secure("localhost", upstream.port())));
  RawUpstream::Connection connection = upstream.accept();
  connection.wait_for_byte();
  connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(calling.wait().message(), "TLS handshake failed: wrong version number");
}

TEST(Tls, LargeBodiesBothWays) {
  constexpr std::size_t bytes = 5 * 1024 * 1024;
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  const std::unique_ptr<ServerTls> tls = *ServerTls::load(certificate.files);
  const auto echo = [](Exchange& exchange) -> Task<Status> {
    Result<std::string> body = co_await exchange.read_body();
    if (!body) co_return body.error();
    co_return co_await exchange.reply(200, {}, *body);
  };
  TestServer server(world.world, echo, {}, tls.get());
  std::string body(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) body[i] = static_cast<char>(i * 2654435761U >> 24);
  const Outcome whole = call_and_wait(world, post(secure("localhost", server.port()), body));
  EXPECT_TRUE(whole.body == body) << whole.message();
  CountedSource source(bytes, 70'001);  // does not fit into records
  Call call = post(secure("localhost", server.port()), "");
  call.source = &source;
  const Outcome streamed = call_and_wait(world, call);
  EXPECT_TRUE(streamed.body == std::string(bytes, 'b')) << streamed.message();
}

TEST(Tls, EventsArriveAsTheyAreSent) {
  const TestCertificate certificate;
  ClientWorld world(trusting(certificate));
  PlayedServer server(certificate, TLS1_3_VERSION);
  Calling calling(world, get(server.origin("localhost")));
  ASSERT_TRUE(server.accept());
  server.serve("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  std::string sent;
  for (const char* piece : {"one ", "two ", "six "}) {
    const std::string chunk = "4\r\n" + std::string(piece) + "\r\n";
    SSL_write(server.tls(), chunk.data(), static_cast<int>(chunk.size()));
    sent.append(piece);
    EXPECT_TRUE(testing::eventually([&] { return calling.received() == sent; }));
  }
}

TEST(ClientTls, MissingFileOfAuthoritiesIsNamed) {
  const Result<std::unique_ptr<ClientTls>> tls = ClientTls::make({"/nonexistent/ca.pem"});
  ASSERT_FALSE(tls);
  EXPECT_NE(tls.error().message().find("/nonexistent/ca.pem"), std::string::npos);
}

TEST(ServerTls, ReloadShowsTheNewCertificate) {
  const TestCertificate old_one;
  const TestCertificate new_one;
  ClientWorld trusts_old(trusting(old_one));
  ClientWorld trusts_new(trusting(new_one));
  const std::unique_ptr<ServerTls> tls = *ServerTls::load(old_one.files);
  TestServer server(trusts_old.world, reply_ok, {}, tls.get());
  const Call call = get(secure("localhost", server.port()));
  EXPECT_EQ(call_and_wait(trusts_old, call).body, "ok");
  EXPECT_TRUE(call_and_wait(trusts_new, call).error);
  std::filesystem::copy(new_one.files.certificate_chain, old_one.files.certificate_chain,
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(tls->reload());  // the key is another one's: the old pair stays
  EXPECT_TRUE(call_and_wait(trusts_new, call).error);
  std::filesystem::copy(new_one.files.private_key, old_one.files.private_key,
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(tls->reload());
  EXPECT_EQ(call_and_wait(trusts_new, call).body, "ok");
  EXPECT_TRUE(
      call_and_wait(trusts_old, call).reused);  // open connections keep what they began with
}

}  // namespace
}  // namespace omni::net
