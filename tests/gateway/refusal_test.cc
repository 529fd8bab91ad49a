// What the binary refuses to start with: the exact words, and the exit status.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "net/test_net.h"
#include "process.h"

namespace omni::gateway_test {
namespace {

constexpr std::string_view not_a_port = "\" is not a port (0 to 65535, 0 for any free one)";

void expect_misuse(const Ending& ending, const std::string& message) {
  EXPECT_EQ(ending.status, 2);
  EXPECT_EQ(ending.out, "");
  EXPECT_EQ(ending.err, "omniroute: " + message + "\nTry: omniroute --help\n");
}

TEST(Refusal, NamesTheUnknownFlagOrCommand) {
  expect_misuse(run_omniroute({"--bogus"}), "unknown flag --bogus");
  expect_misuse(run_omniroute({"serve", "--bogus=1"}), "unknown flag --bogus");
  expect_misuse(run_omniroute({"frobnicate"}), "unknown command frobnicate");
  expect_misuse(run_omniroute({"serve", "twice"}), "unexpected argument twice");
  expect_misuse(run_omniroute({"--port", "0", "keys", "list"}),
                "the command comes before all flags: omniroute keys ...");
}

TEST(Refusal, NamesTheBadValueAndWhereItStands) {
  expect_misuse(run_omniroute({"--port", "99999"}), "--port: \"99999" + std::string(not_a_port));
  expect_misuse(run_omniroute({}, {"PORT=abc"}), "PORT: \"abc" + std::string(not_a_port));
  expect_misuse(run_omniroute({"--port"}), "--port: needs a value");
  expect_misuse(run_omniroute({"--host", "example.com"}),
                "--host: \"example.com\" is not an IP address or localhost");
}

TEST(Refusal, NamesTheFileOfTlsThatIsMissing) {
  const Folder folder;
  const net::testing::TestCertificate good;
  const std::string missing = folder.path() + "/missing.pem";
  expect_misuse(run_omniroute({"--port", "0", "--data-dir", folder.path(), "--tls-certificate",
                               missing, "--tls-key", good.files.private_key}),
                "cannot read the TLS certificate " + missing + ": No such file or directory");
  expect_misuse(run_omniroute({"--port", "0", "--data-dir", folder.path(), "--tls-certificate",
                               good.files.certificate_chain, "--tls-key", missing}),
                "cannot use the TLS key " + missing + ": No such file or directory");
  expect_misuse(run_omniroute({"--tls-key", good.files.private_key}),
                "--tls-certificate and --tls-key go together: --tls-certificate is missing");
}

TEST(Refusal, NamesTheDataDirectoryThatCannotBeUsed) {
  const Folder folder;
  const std::string file = folder.path() + "/file";
  std::ofstream(file) << "a file";
  const std::string why = "cannot use the data directory ";
  expect_misuse(run_omniroute({"--port", "0", "--data-dir", file}),
                why + file + ": Not a directory");
  expect_misuse(run_omniroute({"--port", "0", "--data-dir", file + "/below"}),
                why + file + "/below: Not a directory");
}

TEST(Refusal, ReturnsOneForAPortThatIsTaken) {
  const Folder folder;
  const net::testing::RawUpstream taken;
  const std::string port = std::to_string(taken.port());
  const Ending ending =
      run_omniroute({"--port", port, "--data-dir", folder.path()}, {"APP_LOG_LEVEL=off"});
  EXPECT_EQ(ending.status, 1);
  EXPECT_EQ(ending.out, "");
  EXPECT_EQ(ending.err,
            "omniroute: cannot listen on 127.0.0.1 port " + port + ": Address already in use\n");
}

TEST(Check, ReturnsZeroForAGoodConfigurationAndChangesNothing) {
  const Folder folder;
  const net::testing::TestCertificate good;
  const std::string data_dir = folder.path() + "/not/yet/there";
  const Ending ending =
      run_omniroute({"--check", "--data-dir", data_dir, "--tls-certificate",
                     good.files.certificate_chain, "--tls-key", good.files.private_key});
  EXPECT_EQ(ending.status, 0);
  EXPECT_EQ(ending.out, "The configuration is good.\n");
  EXPECT_EQ(ending.err, "");
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/not"));
}

TEST(Check, RefusesWhatAStartWouldRefuse) {
  expect_misuse(run_omniroute({"--check", "--data-dir", "/dev/null"}),
                "cannot use the data directory /dev/null: Not a directory");
  expect_misuse(run_omniroute({"--check", "--port", "x"}), "--port: \"x" + std::string(not_a_port));
}

TEST(Help, PrintsToStandardOutputAndReturnsZero) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"-h"}, {"--bogus", "--help"}, {"help"}}) {
    const Ending ending = run_omniroute(arguments, {"PORT=abc"});
    EXPECT_EQ(ending.status, 0);
    EXPECT_TRUE(ending.out.starts_with("Usage: omniroute [<command>] [flags]\n")) << ending.out;
    EXPECT_EQ(ending.err, "");
  }
  EXPECT_TRUE(run_omniroute({"help", "keys"}).out.starts_with("Usage: omniroute keys add"));
  EXPECT_TRUE(run_omniroute({"serve", "-h"}).out.starts_with("Usage: omniroute serve [flags]\n"));
}

TEST(Version, IsOneLine) {
  for (const std::string flag : {"--version", "-v"}) {
    const Ending ending = run_omniroute({flag});
    EXPECT_EQ(ending.status, 0);
    EXPECT_TRUE(ending.out.starts_with("omniroute ")) << ending.out;
    EXPECT_EQ(ending.out.find('\n'), ending.out.size() - 1);
  }
}

}  // namespace
}  // namespace omni::gateway_test
