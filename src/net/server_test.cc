#include "net/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

#include "net/test_net.h"

namespace omni::net {
namespace {

using testing::eventually;
using testing::FunctionService;
using testing::open_descriptors;
using testing::RawClient;
using testing::TestCertificate;
using testing::TestServer;
using testing::World;

constexpr std::string_view get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
constexpr std::string_view wait = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

Task<Status> say_hello(Exchange& exchange) { co_return co_await exchange.reply(200, {}, "hello"); }

bool is_served(RawClient& client) {
  client.send(get);
  return client.read_answer().ends_with("\r\n\r\nhello");
}

TEST(Server, SaysWhyItCannotListen) {
  World world;
  FunctionService service(say_hello);
  Server first(world.loops, service, world.clock), second(world.loops, service, world.clock);
  const std::uint16_t port = *first.listen("localhost", 0);
  const Result<std::uint16_t> taken = second.listen("127.0.0.1", port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message(),
            "cannot listen on 127.0.0.1 port " + std::to_string(port) + ": Address already in use");
  const Result<std::uint16_t> name = second.listen("example.org", 0);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().message(), "\"example.org\" is not an IP address");
  RawClient client(port);
  EXPECT_TRUE(is_served(client)) << "the first is undisturbed";
}

TEST(Server, KnowsItsClientsAddress) {
  World world;
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    co_return co_await exchange.reply(200, {}, exchange.peer().address);
  });
  RawClient client(server.port());
  client.send(get);
  EXPECT_TRUE(client.read_answer().ends_with("\r\n\r\n127.0.0.1"));
}

TEST(Server, HandsEachConnectionToTheLoopWithTheFewest) {
  World world(2);
  TestServer server(world, [](Exchange& exchange) -> Task<Status> {
    const Loop* loop = &(co_await current_scope()).loop();
    co_return co_await exchange.reply(200, {}, std::to_string(std::bit_cast<std::uintptr_t>(loop)));
  });
  std::map<std::string, std::vector<RawClient>> clients;
  const auto connect = [&] {
    RawClient client(server.port());
    client.send(get);
    const std::string answer = client.read_answer();
    clients[answer.substr(answer.rfind('\n'))].push_back(std::move(client));
  };
  for (int i = 0; i < 8; ++i) connect();
  ASSERT_EQ(clients.size(), 2U);
  std::vector<RawClient>& busy = clients.begin()->second;
  std::vector<RawClient>& free = clients.rbegin()->second;
  EXPECT_EQ(busy.size(), 4U);
  free.clear();
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 4; }));
  for (int i = 0; i < 4; ++i) connect();
  EXPECT_EQ(busy.size(), 4U);
  EXPECT_EQ(free.size(), 4U);
}

/// A folder of its own for a socket file.
struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "omniroute-test-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

Fd connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fd.close();
  }
  return fd;
}

TEST(Server, ListensOnAUnixSocketOfTheOwnerOnly) {
  World world;
  const Folder folder;
  const std::string path = folder.path + "/socket";
  FunctionService service([](Exchange& exchange) -> Task<Status> {
    co_return co_await exchange.reply(200, {}, exchange.peer().address + "hello");
  });
  for (int round = 0; round < 2; ++round) {  // the second finds the stale file of the first
    Server server(world.loops, service, world.clock);
    const Status listening = server.listen_unix(path);
    ASSERT_TRUE(listening) << listening.error().message();
    struct stat file {};
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777U, 0600U);
    RawClient client(connect_unix(path));
    EXPECT_TRUE(is_served(client));
  }
  EXPECT_FALSE(connect_unix(path)) << "nobody listens any more";
}

TEST(Server, LeavesALiveUnixSocketAlone) {
  World world;
  const Folder folder;
  const std::string path = folder.path + "/socket";
  FunctionService service(say_hello);
  Server first(world.loops, service, world.clock), second(world.loops, service, world.clock);
  ASSERT_TRUE(first.listen_unix(path));
  const Status listening = second.listen_unix(path);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().message(), "cannot listen on " + path + ": Address already in use");
  RawClient client(connect_unix(path));
  EXPECT_TRUE(is_served(client));
}

TEST(Server, NeverReplacesAFileThatIsNoSocket) {
  World world;
  const Folder folder;
  const std::string path = folder.path + "/socket";
  std::ofstream(path) << "precious";
  FunctionService service(say_hello);
  Server server(world.loops, service, world.clock);
  EXPECT_FALSE(server.listen_unix(path));
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
  EXPECT_FALSE(server.listen_unix(folder.path + "/" + std::string(200, 'a')));
  EXPECT_FALSE(server.listen_unix(folder.path + "/missing/socket"));
}

/// A server whose handler for /wait ends when told, or when it is cancelled.
struct Gated {
  explicit Gated(World& its_world)
      : world(its_world), server(world, [this](Exchange& exchange) { return handle(exchange); }) {}

  Task<Status> handle(Exchange& exchange) {
    if (exchange.request().path() != "/wait") co_return co_await say_hello(exchange);
    const bool begun = exchange.request().query() == "begun";
    if (begun) {
      (void)exchange.begin(200, {});
      (void)co_await exchange.flush();
    }
    ++waiting;
    const Woken woken = co_await gate.wait();
    ++ended;
    if (woken == Woken::cancelled) co_return (co_await current_scope()).why();
    if (begun) co_return co_await exchange.finish("in time");
    co_return co_await exchange.reply(200, {}, "in time");
  }
  void open() {
    world.loops[0].post([this] { gate.set(); });
  }

  World& world;
  Signal gate;
  std::atomic<int> waiting = 0;
  std::atomic<int> ended = 0;
  TestServer server;
};

TEST(ServerDrain, ClosesTheIdleAndLetsTheRunningEnd) {
  World world;
  Gated site(world);
  RawClient idle(site.server.port()), untried(site.server.port()), running(site.server.port());
  EXPECT_TRUE(is_served(idle));
  running.send(std::string(wait) + std::string(get));
  EXPECT_TRUE(
      eventually([&] { return site.waiting == 1 && site.server.server().connections() == 3; }));
  const auto drained =
      std::async(std::launch::async, [&] { site.server.server().drain(Millis{60'000}); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(untried.read_to_end(), "");
  EXPECT_EQ(site.ended, 0);
  RawClient late(site.server.port());
  late.send(get);
  const std::string refused = late.read_to_end();
  EXPECT_FALSE(has(refused, "HTTP")) << refused;
  site.open();
  const std::string answer = running.read_to_end();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has(answer, "\r\nconnection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("in time")) << "and the next is not begun: " << answer;
  running.close();
  drained.wait();
  EXPECT_EQ(site.server.server().connections(), 0U);
}

TEST(ServerDrain, ClosesAfterAnAnswerThatHadBegun) {
  World world;
  Gated site(world);
  RawClient idle(site.server.port()), running(site.server.port());
  running.send("GET /wait?begun HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_TRUE(
      eventually([&] { return site.waiting == 1 && site.server.server().connections() == 2; }));
  const auto drained =
      std::async(std::launch::async, [&] { site.server.server().drain(Millis{60'000}); });
  EXPECT_EQ(idle.read_to_end(), "");
  site.open();
  EXPECT_TRUE(running.read_to_end().ends_with("7\r\nin time\r\n0\r\n\r\n"));
  drained.wait();
}

TEST(ServerDrain, BreaksOffWhatTakesTooLong) {
  World world;
  Gated site(world);
  RawClient running(site.server.port());
  running.send(wait);
  EXPECT_TRUE(eventually([&] { return site.waiting == 1; }));
  site.server.server().drain(Millis{10});
  EXPECT_EQ(site.ended, 1);
  EXPECT_EQ(site.server.server().connections(), 0U);
  EXPECT_EQ(running.read_to_end(), "");
}

TEST(ServerDrain, LeavesNothingBehind) {
  World world(2);
  const std::size_t descriptors = open_descriptors();
  std::vector<RawClient> clients;
  {
    TestServer server(world, [](Exchange& exchange) -> Task<Status> {
      const std::string piece(256 * 1024, 'a');
      Status written = exchange.begin(200, {});
      while (written) written = co_await exchange.write(piece);
      co_return written;
    });
    for (int i = 0; i < 20; ++i) {
      clients.emplace_back(server.port());
      if (i % 2 == 0) clients.back().send(get);
      if (i % 4 == 0) EXPECT_FALSE(clients.back().read_some().empty());
    }
  }
  clients.clear();
  EXPECT_EQ(open_descriptors(), descriptors);
}

/// Runs in a process of its own, since the limit is the process's.
void serve_with_few_descriptors() {
  World world;
  TestServer server(world, say_hello);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // All is used once before, since a sanitizer that meets a type for the first time needs a
  // descriptor of its own.
  world.resolver.reset();  // its thread as well
  const std::size_t descriptors = open_descriptors();
  world.log.info("before");
  if (RawClient client(server.port()); !is_served(client)) std::_Exit(1);
  if (!eventually([&] { return open_descriptors() == descriptors; })) std::_Exit(1);
  std::vector<Fd> sockets;
  for (int i = 0; i < 8; ++i) {
    sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  const auto room = static_cast<rlim_t>(sockets.back().number()) + 3;
  const rlimit few{room, room};
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<RawClient> clients;
  for (Fd& fd : sockets) {
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(fd.number(), to, sizeof address) != 0) std::_Exit(1);
    clients.emplace_back(std::move(fd));
  }
  // Some find a place, the next is turned away, and a place that becomes free is taken again.
  const auto turned_away = std::find_if_not(clients.begin(), clients.end(), is_served);
  bool good = turned_away != clients.begin() && turned_away != clients.end();
  good = good && has(world.log_text(), "server.out_of_descriptors");
  if (good) clients.erase(clients.begin(), turned_away + 1);
  good = good && std::any_of(clients.begin(), clients.end(), is_served);
  std::_Exit(good ? 0 : 1);
}

TEST(ServerDeathTest, OutlivesALackOfDescriptors) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(serve_with_few_descriptors(), ::testing::ExitedWithCode(0), "");
}

struct FreeSsl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

/// A blocking TLS client that trusts anybody and looks at whom it got.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        context_(SSL_CTX_new(TLS_client_method())),
        tls_(SSL_new(context_.get())) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    SSL_set_fd(tls_.get(), fd_.number());
    connected_ = ::connect(fd_.number(), to, sizeof address) == 0 && SSL_connect(tls_.get()) == 1;
  }
  bool connected() const { return connected_; }

  void send(std::string_view bytes) {
    SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  /// Until `end` was read or there is no more.
  std::string read_until(std::string_view end) {
    std::string text;
    std::array<char, 4096> bytes{};
    while (!text.ends_with(end)) {
      const int got = SSL_read(tls_.get(), bytes.data(), bytes.size());
      if (got <= 0) break;
      text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  bool said_goodbye() const { return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string certificate() const {
    const std::unique_ptr<X509, FreeSsl> shown(SSL_get1_peer_certificate(tls_.get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    if (shown) X509_digest(shown.get(), EVP_sha256(), digest.data(), &length);
    return {reinterpret_cast<const char*>(digest.data()), length};
  }

 private:
  Fd fd_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL, FreeSsl> tls_;
  bool connected_ = false;
};

TEST(ServerTls, ServesAndSaysGoodbye) {
  World world;
  const TestCertificate certificate;
  const auto tls = ServerTls::load(certificate.files);
  ASSERT_TRUE(tls) << tls.error().message();
  TestServer server(
      world,
      [](Exchange& exchange) -> Task<Status> {
        const Result<std::string> body = co_await exchange.read_body();
        if (!body) co_return body.error();
        co_return co_await exchange.reply(200, {}, exchange.peer().encrypted ? *body : "plain");
      },
      {}, tls->get());
  TlsClient client(server.port());
  ASSERT_TRUE(client.connected());
  const std::string body = std::string(300'000, 'a') + "end";  // of many records
  const std::string post =
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) + "\r\n";
  client.send(post + "\r\n" + body);
  EXPECT_TRUE(client.read_until("end").ends_with("\r\n\r\n" + body));
  client.send(post + "connection: close\r\n\r\n" + body);
  EXPECT_TRUE(client.read_until("\n").ends_with("\r\n\r\n" + body));
  EXPECT_TRUE(client.said_goodbye()) << "an end without it may be a cut";
}

TEST(ServerTls, AnswersPipelinedRequestsOfManyRecords) {
  World world;
  const TestCertificate certificate;
  const auto tls = ServerTls::load(certificate.files);
  ASSERT_TRUE(tls);
  TestServer server(world, say_hello, {}, tls->get());
  TlsClient client(server.port());
  std::string requests;
  for (int i = 0; i < 999; ++i) requests.append(get);
  client.send(requests);
  client.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  const std::string answers = client.read_until("\n");
  std::size_t count = 0;
  for (std::size_t at = answers.find("hello"); at != answers.npos; ++count) {
    at = answers.find("hello", at + 1);
  }
  EXPECT_EQ(count, 1000U);
}

TEST(ServerTls, DepartureCancelsAHandlerThatWaits) {
  World world;
  const TestCertificate certificate;
  const auto tls = ServerTls::load(certificate.files);
  ASSERT_TRUE(tls);
  std::atomic<int> waiting = 0, ended = 0;
  TestServer server(
      world,
      [&](Exchange&) -> Task<Status> {
        ++waiting;
        const Status outcome = co_await sleep(forever);
        ++ended;
        co_return outcome;
      },
      {}, tls->get());
  {
    TlsClient client(server.port());
    client.send(std::string(get) + std::string(get));
    EXPECT_TRUE(eventually([&] { return waiting == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return ended == 1; }));
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
}

TEST(ServerTls, ANewCertificateIsShownWithoutARestart) {
  World world;
  const TestCertificate old_one, new_one;
  const auto tls = ServerTls::load(old_one.files);
  ASSERT_TRUE(tls);
  TestServer server(world, say_hello, {}, tls->get());
  TlsClient before(server.port());
  const auto copy = [&](const std::string& from, const std::string& to) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  copy(new_one.files.certificate_chain, old_one.files.certificate_chain);
  EXPECT_FALSE((*tls)->reload()) << "the key does not belong to it yet";
  TlsClient between(server.port());
  EXPECT_EQ(between.certificate(), before.certificate()) << "so the old one stays";
  copy(new_one.files.private_key, old_one.files.private_key);
  EXPECT_TRUE((*tls)->reload());
  TlsClient after(server.port());
  EXPECT_NE(after.certificate(), before.certificate());
  for (TlsClient* client : {&before, &between, &after}) {
    client->send(get);
    EXPECT_TRUE(client->read_until("hello").ends_with("\r\n\r\nhello"));
  }
}

TEST(ServerTls, AClientThatSpeaksNoTlsIsShownTheDoor) {
  World world;
  const TestCertificate certificate;
  const auto tls = ServerTls::load(certificate.files);
  ASSERT_TRUE(tls);
  ServerLimits limits;
  limits.head_time = Millis{50};
  TestServer server(world, say_hello, limits, tls->get());
  RawClient plain(server.port()), silent(server.port());
  plain.send(get);
  EXPECT_FALSE(has(plain.read_to_end(), "HTTP"));
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return server.server().connections() == 0; }));
}

}  // namespace
}  // namespace omni::net
