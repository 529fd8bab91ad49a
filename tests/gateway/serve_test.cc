// The binary as somebody runs it who reads its output and uses curl.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "net/test_net.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

using net::testing::RawClient;

Ending curl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"curl", "--silent", "--show-error", "--noproxy", "*"});
  return Process(std::move(arguments)).wait();
}

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

TEST(Serve, KeepsItsSocketsAwayFromTheStandardDescriptors) {
  const Folder folder;
  Process shell({"/bin/sh", "-c", "exec \"$1\" --port 0 --data-dir \"$2\" <&- >&- 2>&-", "sh",
                 OMNIROUTE_BINARY, folder.path() + "/data"});
  const std::string socket = folder.path() + "/data/omniroute.sock";
  EXPECT_TRUE(net::testing::eventually([&] { return std::filesystem::exists(socket); }));
  for (const char* number : {"0", "1", "2"}) {
    const std::string link = "/proc/" + std::to_string(shell.id()) + "/fd/" + number;
    EXPECT_EQ(std::filesystem::read_symlink(link), "/dev/null") << number;
  }
}

TEST(Serve, OwnsItsDataDirectoryThroughASocketFile) {
  Served served;
  const std::string socket = served.data_dir() + "/omniroute.sock";
  EXPECT_EQ(mode_of(socket), 0600U);
  const Ending answer = curl({"--unix-socket", socket, "http://localhost/healthz"});
  EXPECT_EQ(answer.out, R"({"status":"ok"})") << answer.err;
  Process second({OMNIROUTE_BINARY, "--port", "0", "--data-dir", served.data_dir()});
  const Ending refused = second.wait();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("another omniroute runs on the data directory"), std::string::npos)
      << refused.err;
  served.process().send(SIGTERM);
  EXPECT_EQ(served.process().wait().status, 0);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST(Serve, PrintsItsUrlAndACurlThatWorks) {
  const Folder folder;
  Process process(
      {OMNIROUTE_BINARY, "serve", "--port", "0", "--no-open", "--data-dir", folder.path()});
  const std::string greeting = process.read_line();
  const std::string hint = process.read_line();
  EXPECT_TRUE(greeting.starts_with("OmniRoute listens on http://127.0.0.1:")) << greeting;
  const std::string url = greeting.substr(greeting.rfind(' ') + 1);
  EXPECT_EQ(hint, "  curl " + url + "/healthz");
  const Ending answer = curl({url + "/healthz"});
  EXPECT_EQ(answer.status, 0) << answer.err;
  EXPECT_EQ(answer.out, R"({"status":"ok"})");
}

TEST(Serve, IsReadyOnceItHasPrintedItsUrl) {
  Served served;
  const Ending answer =
      curl({"--write-out", " %{http_code} %{content_type}", served.url() + "/readyz"});
  EXPECT_EQ(answer.out, R"({"status":"ready"} 200 application/json)");
  EXPECT_EQ(curl({"--output", "/dev/null", "--write-out", "%{http_code}", served.url() + "/"}).out,
            "404");
}

TEST(Serve, ListensOnTheAddressThatItIsGiven) {
  Served flag({"--host", "localhost"}, {"OMNIROUTE_HOST=0.0.0.0"});
  EXPECT_TRUE(flag.url().starts_with("http://localhost:")) << flag.url();
  EXPECT_EQ(curl({flag.url() + "/healthz"}).status, 0);
  Served hostname({}, {"HOSTNAME=127.0.0.2"});
  EXPECT_TRUE(hostname.url().starts_with("http://127.0.0.2:")) << hostname.url();
  EXPECT_EQ(curl({hostname.url() + "/healthz"}).status, 0);
}

TEST(Serve, TakesAFlagOverAVariable) {
  // The port of the variable is taken, so that it would fail to start with it.
  const net::testing::RawUpstream taken;
  Served served({}, {"PORT=" + std::to_string(taken.port())});
  EXPECT_NE(served.port(), 0);
  EXPECT_NE(served.port(), taken.port());
}

TEST(Serve, TakesPortAndDataDirFromTheEnvironment) {
  const Folder folder;
  Process process({OMNIROUTE_BINARY}, {"PORT=0", "DATA_DIR=" + folder.path() + "/a/b/"});
  EXPECT_TRUE(process.read_line().starts_with("OmniRoute listens on http://127.0.0.1:"));
  EXPECT_EQ(mode_of(folder.path() + "/a/b"), 0700U);
}

TEST(Serve, MakesItsDataDirectoryForItsOwnerOnly) {
  const Folder home;
  Process process({OMNIROUTE_BINARY, "--port", "0"}, {"HOME=" + home.path()});
  EXPECT_NE(process.read_line(), "");
  EXPECT_EQ(mode_of(home.path() + "/.omniroute"), 0700U);
}

TEST(Serve, LeavesTheModeOfAnExistingDataDirectoryAlone) {
  const Folder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0750), 0);
  Process process({OMNIROUTE_BINARY, "--port", "0", "--data-dir", folder.path()});
  EXPECT_NE(process.read_line(), "");
  EXPECT_EQ(mode_of(folder.path()), 0750U);
}

TEST(Serve, WarnsOnceOfAVariableThatMeansNothing) {
  Served served({"--log-format", "json"}, {"OMNIROUTE_PROT=1", "OMNIROUTE_THREADS=1", "OTHER=1"});
  served.process().send(SIGTERM);
  const std::string log = served.process().wait().err;
  const std::string warning = "\"config.unknown_variable\"";
  const std::size_t at = log.find(warning);
  ASSERT_NE(at, std::string::npos) << log;
  EXPECT_EQ(log.find(warning, at + 1), std::string::npos) << log;
  EXPECT_NE(log.find("OMNIROUTE_PROT"), std::string::npos) << log;
  EXPECT_EQ(log.find("OMNIROUTE_THREADS"), std::string::npos) << log;
}

TEST(Serve, SpeaksTlsWithACertificate) {
  const net::testing::TestCertificate certificate;
  Served served({"--tls-certificate", certificate.files.certificate_chain, "--tls-key",
                 certificate.files.private_key});
  EXPECT_TRUE(served.url().starts_with("https://127.0.0.1:")) << served.url();
  const Ending answer =
      curl({"--cacert", certificate.files.certificate_chain, served.url() + "/healthz"});
  EXPECT_EQ(answer.out, R"({"status":"ok"})") << answer.err;
}

/// The numbers of /proc/<id>/status that follow `name`.
std::uint64_t number_in(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
  }
  return 0;
}

/// How often the threads of a process have gone to sleep, and so have been woken.
std::uint64_t naps_of(pid_t id) {
  std::uint64_t naps = 0;
  const std::filesystem::path threads = "/proc/" + std::to_string(id) + "/task";
  for (const auto& thread : std::filesystem::directory_iterator(threads)) {
    naps += number_in(thread.path() / "status", "voluntary_ctxt_switches:");
  }
  return naps;
}

TEST(Serve, SleepsWhenNobodyAsksThoughTimersRun) {
  Served served({"--threads", "2"});
  RawClient client(served.port());
  client.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
  EXPECT_NE(client.read_answer(), "");  // from now on its keep-alive time runs
  const std::uint64_t before = naps_of(served.process().id());
  EXPECT_TRUE(served.process().is_silent_for(Millis(400)));
  // A wake-up per tick would be forty; the ten allow for what a sanitizer does.
  EXPECT_LE(naps_of(served.process().id()) - before, 10U);
  const std::uint64_t kilobytes =
      number_in("/proc/" + std::to_string(served.process().id()) + "/status", "VmRSS:");
  RecordProperty("idle_rss_kb", std::to_string(kilobytes));
  std::cout << "idle process: " << kilobytes << " KB resident\n";
}

}  // namespace
}  // namespace omni::gateway_test
