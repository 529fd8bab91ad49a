// The binary under signals.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "net/test_net.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

using net::testing::RawClient;
using net::testing::TestCertificate;

constexpr std::string_view request = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// A client with one answer received and half a request sent, which the gateway has read.
RawClient half_way(std::uint16_t port) {
  RawClient client(port);
  client.send(std::string(request) + "GET /healthz HT");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 "));
  return client;
}

TEST(Signals, TerminateAndInterruptStopItWithStatusZero) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Served served({"--log-format", "json"});
    RawClient idle(served.port());
    idle.send(request);
    EXPECT_NE(idle.read_answer(), "");
    served.process().send(signal);
    EXPECT_EQ(idle.read_to_end(), "");  // hung up on, not reset
    const Ending ending = served.process().wait();
    EXPECT_EQ(ending.status, 0) << ending.err;
    EXPECT_TRUE(ending.out.starts_with("  curl " + served.url() + "/healthz\n")) << ending.out;
    EXPECT_NE(ending.err.find(signal == SIGTERM ? "SIGTERM" : "SIGINT"), std::string::npos);
    EXPECT_NE(ending.err.find("server.stopped"), std::string::npos);
  }
}

TEST(Signals, TerminateLetsARunningRequestEnd) {
  Served served;
  RawClient client = half_way(served.port());
  served.process().send(SIGTERM);
  EXPECT_TRUE(served.process().wait_for_error("server.stopping"));
  served.process().send(SIGHUP);  // a terminal that closes meanwhile changes nothing
  client.send("TP/1.1\r\nhost: x\r\n\r\n");
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_EQ(served.process().wait().status, 0);
}

TEST(Signals, HalfARequestThatDoesNotGoOnHoldsNothingUpForLong) {
  Served served;
  RawClient client = half_way(served.port());
  const auto before = std::chrono::steady_clock::now();
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(8));
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408 "));
}

TEST(Signals, TerminateTakesNoMoreClients) {
  Served served;
  RawClient running = half_way(served.port());
  served.process().send(SIGTERM);
  EXPECT_TRUE(served.process().wait_for_error("server.stopping"));
  EXPECT_TRUE(net::testing::eventually([&] {
    RawClient late(served.port());
    late.send(request);
    return !late.read_answer().starts_with("HTTP/1.1 200 ");
  }));
  running.close();
  EXPECT_EQ(served.process().wait().status, 0);
}

TEST(Signals, ASecondOneDoesNotWait) {
  Served served;
  const RawClient client = half_way(served.port());
  served.process().send(SIGTERM);
  EXPECT_TRUE(served.process().wait_for_error("server.stopping"));
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().signal, SIGTERM);
}

TEST(Signals, TheTimeForRunningRequestsIsBounded) {
  Served served({}, {"SHUTDOWN_TIMEOUT_MS=1"});
  RawClient client = half_way(served.port());
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
  client.read_to_end();
}

Ending get_trusting(const Served& served, const std::string& certificate) {
  return Process({"curl", "--silent", "--noproxy", "*", "--cacert", certificate,
                  served.url() + "/healthz"})
      .wait();
}

TEST(Signals, HangUpReloadsTheCertificate) {
  const TestCertificate old_one;
  const TestCertificate new_one;
  const Folder folder;
  namespace fs = std::filesystem;
  const std::string chain = folder.path() + "/chain.pem";
  const std::string key = folder.path() + "/key.pem";
  fs::copy(old_one.files.certificate_chain, chain);
  fs::copy(old_one.files.private_key, key);
  Served served({"--tls-certificate", chain, "--tls-key", key, "--log-format", "json"});
  EXPECT_EQ(get_trusting(served, old_one.files.certificate_chain).status, 0);
  EXPECT_NE(get_trusting(served, new_one.files.certificate_chain).status, 0);

  fs::copy(new_one.files.certificate_chain, chain, fs::copy_options::overwrite_existing);
  served.process().send(SIGHUP);  // the key does not belong to it yet
  EXPECT_TRUE(served.process().wait_for_error("tls.reload_failed"));
  EXPECT_EQ(get_trusting(served, old_one.files.certificate_chain).status, 0);

  fs::copy(new_one.files.private_key, key, fs::copy_options::overwrite_existing);
  served.process().send(SIGHUP);
  EXPECT_TRUE(served.process().wait_for_error("tls.reloaded"));
  EXPECT_EQ(get_trusting(served, new_one.files.certificate_chain).status, 0);
  EXPECT_NE(get_trusting(served, old_one.files.certificate_chain).status, 0);
}

TEST(Signals, HangUpWithoutTlsIsHarmless) {
  Served served;
  served.process().send(SIGHUP);
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
}

}  // namespace
}  // namespace omni::gateway_test
