#include "gateway/config.h"

#include <gtest/gtest.h>

#include <set>

namespace omni::gateway {
namespace {

using Flags = std::vector<std::string>;

Config read(const Environment& environment, const Flags& flags) {
  std::vector<std::string> warnings;
  Result<Config> config = read_config(environment, flags, warnings);
  EXPECT_TRUE(config) << (config ? "" : config.error().message());
  return config ? *std::move(config) : Config();
}

std::string refusal(const Environment& environment, const Flags& flags) {
  std::vector<std::string> warnings;
  const Result<Config> config = read_config(environment, flags, warnings);
  return config ? "" : config.error().message();
}

TEST(Config, HasItsDefaults) {
  const Config config = read({{"HOME", "/srv/someone"}}, {});
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 20128);
  EXPECT_EQ(config.data_dir, "/srv/someone/.omniroute");
  EXPECT_TRUE(config.open_browser);
  EXPECT_FALSE(config.check_only);
  EXPECT_EQ(config.threads, 0U);
  EXPECT_EQ(config.log_level, Log::Level::info);
  EXPECT_EQ(config.log_format, std::nullopt);
  EXPECT_EQ(config.shutdown_time, Millis(30'000));
  EXPECT_EQ(read({}, {}).data_dir, ".omniroute");
}

TEST(Config, TakesAFlagOverAVariableOverTheDefault) {
  const Environment environment{{"PORT", "1111"}, {"DATA_DIR", "/var/lib/a"}};
  EXPECT_EQ(read(environment, {}).port, 1111);
  EXPECT_EQ(read(environment, {"--port", "2222"}).port, 2222);
  EXPECT_EQ(read(environment, {"--port=2222"}).port, 2222);
  EXPECT_EQ(read(environment, {"--data-dir", "b=c"}).data_dir, "b=c");
  EXPECT_EQ(read(environment, {}).data_dir, "/var/lib/a");
  EXPECT_EQ(read(environment, {"--port", "1", "--port", "2"}).port, 2);  // the last one
}

TEST(Config, ReadsEveryFlag) {
  const Config config =
      read({}, {"--host", "::1", "--port", "0", "--no-open", "--check", "--threads", "3",
                "--tls-certificate", "a.pem", "--tls-key", "b.pem", "--log-level", "warn",
                "--log-format", "json", "--data-dir", "d"});
  EXPECT_EQ(config.host, "::1");
  EXPECT_EQ(config.port, 0);
  EXPECT_FALSE(config.open_browser);
  EXPECT_TRUE(config.check_only);
  EXPECT_EQ(config.threads, 3U);
  EXPECT_EQ(config.tls_certificate, "a.pem");
  EXPECT_EQ(config.tls_key, "b.pem");
  EXPECT_EQ(config.log_level, Log::Level::warn);
  EXPECT_EQ(config.log_format, Log::Format::json);
  EXPECT_EQ(config.data_dir, "d");
}

TEST(Config, ReadsEveryVariable) {
  const Config config = read({{"OMNIROUTE_HOST", "0.0.0.0"},
                              {"OMNIROUTE_THREADS", "3"},
                              {"OMNIROUTE_TLS_CERTIFICATE", "a.pem"},
                              {"OMNIROUTE_TLS_KEY", "b.pem"},
                              {"APP_LOG_LEVEL", "debug"},
                              {"APP_LOG_FORMAT", "text"},
                              {"SHUTDOWN_TIMEOUT_MS", "0"}},
                             {});
  EXPECT_EQ(config.host, "0.0.0.0");
  EXPECT_EQ(config.threads, 3U);
  EXPECT_EQ(config.tls_certificate, "a.pem");
  EXPECT_EQ(config.tls_key, "b.pem");
  EXPECT_EQ(config.log_level, Log::Level::debug);
  EXPECT_EQ(config.log_format, Log::Format::human);
  EXPECT_EQ(config.shutdown_time, Millis(0));
}

TEST(Config, TakesHostnameOnlyWhenItIsAnAddress) {
  EXPECT_EQ(read({{"HOSTNAME", "build-7"}}, {}).host, "127.0.0.1");
  EXPECT_EQ(read({{"HOSTNAME", "0.0.0.0"}}, {}).host, "0.0.0.0");
  EXPECT_EQ(read({{"HOSTNAME", "::"}}, {}).host, "::");
  EXPECT_EQ(read({{"OMNIROUTE_HOST", "::1"}, {"HOSTNAME", "0.0.0.0"}}, {}).host, "::1");
  EXPECT_EQ(read({{"HOSTNAME", "0.0.0.0"}}, {"--host", "localhost"}).host, "localhost");
}

TEST(Config, TakesOmnirouteportOverPortInWhateverOrderTheyCome) {
  EXPECT_EQ(read({{"PORT", "1"}, {"OMNIROUTE_PORT", "2"}}, {}).port, 2);
  EXPECT_EQ(read({{"OMNIROUTE_PORT", "2"}, {"PORT", "1"}}, {}).port, 2);
  EXPECT_EQ(read({{"OMNIROUTE_PORT", "2"}}, {"--port", "3"}).port, 3);
}

TEST(Config, TakesAnEmptyVariableAsNotSet) {
  EXPECT_EQ(read({{"PORT", ""}, {"OMNIROUTE_HOST", ""}, {"", "x"}}, {}).port, 20128);
}

TEST(Config, SaysExactlyWhatIsWrong) {
  EXPECT_EQ(refusal({}, {"--bogus"}), "unknown flag --bogus");
  EXPECT_EQ(refusal({}, {"--"}), "unknown flag --");
  EXPECT_EQ(refusal({}, {"extra"}), "unexpected argument extra");
  EXPECT_EQ(refusal({}, {""}), "unexpected argument ");
  EXPECT_EQ(refusal({}, {"--port"}), "--port: needs a value");
  EXPECT_EQ(refusal({}, {"--no-open=1"}), "--no-open: takes no value");
  const std::string not_a_port = "\" is not a port (0 to 65535, 0 for any free one)";
  for (const std::string bad : {"", "x", "-1", "+1", " 1", "1 ", "65536", "0x10", "1e3"}) {
    EXPECT_EQ(refusal({}, {"--port", bad}), "--port: \"" + bad + not_a_port);
  }
  EXPECT_EQ(refusal({{"PORT", "abc"}}, {}), "PORT: \"abc" + not_a_port);
  EXPECT_EQ(refusal({{"OMNIROUTE_PORT", "abc"}}, {}), "OMNIROUTE_PORT: \"abc" + not_a_port);
  EXPECT_EQ(refusal({}, {"--host", "example.com"}),
            "--host: \"example.com\" is not an IP address or localhost");
  EXPECT_EQ(refusal({}, {"--host="}), "--host: \"\" is not an IP address or localhost");
  EXPECT_EQ(refusal({}, {"--data-dir="}), "--data-dir: \"\" is not a folder");
  EXPECT_EQ(refusal({}, {"--threads", "1025"}),
            "--threads: \"1025\" is not a number of threads (0 to 1024)");
  EXPECT_EQ(refusal({{"APP_LOG_LEVEL", "loud"}}, {}),
            "APP_LOG_LEVEL: \"loud\" is not one of debug, info, warn, error, off");
  EXPECT_EQ(refusal({}, {"--log-format", "xml"}), "--log-format: \"xml\" is not json or text");
  EXPECT_EQ(refusal({{"SHUTDOWN_TIMEOUT_MS", "3600001"}}, {}),
            "SHUTDOWN_TIMEOUT_MS: \"3600001\" is not a number of milliseconds (0 to 3600000)");
  EXPECT_EQ(refusal({}, {"--tls-key", "k"}),
            "--tls-certificate and --tls-key go together: --tls-certificate is missing");
}

TEST(Config, WarnsOfEachUnknownVariableOfOurs) {
  std::vector<std::string> warnings{"old"};
  const Environment environment{{"OMNIROUTE_PROT", "1"}, {"OMNIROUTE_PORT", "2"}, {"OTHER", "3"}};
  EXPECT_TRUE(read_config(environment, {}, warnings));
  EXPECT_EQ(warnings, std::vector<std::string>{"OMNIROUTE_PROT"});
}

TEST(Options, HaveNamesOfTheirOwnAndHelp) {
  std::set<std::string_view> names;
  for (const Option& option : options()) {
    EXPECT_FALSE(option.flag.empty() && option.variable.empty());
    EXPECT_FALSE(option.help.empty());
    for (const std::string_view name : {option.flag, option.variable}) {
      if (!name.empty()) EXPECT_TRUE(names.insert(name).second) << name;
    }
  }
}

}  // namespace
}  // namespace omni::gateway
