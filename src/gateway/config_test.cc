#include "gateway/config.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <filesystem>
#include <set>

#include "store/test_folder.h"

namespace omni::gateway {
namespace {

using Flags = std::vector<std::string>;

Config read(const Environment& environment, const Flags& flags) {
  std::vector<std::string> warnings;
  Result<Config> config = read_config({flags, environment, {}}, warnings);
  EXPECT_TRUE(config) << (config ? "" : config.error().message());
  return config ? *std::move(config) : Config();
}

std::string refusal(const Environment& environment, const Flags& flags) {
  std::vector<std::string> warnings;
  const Result<Config> config = read_config({flags, environment, {}}, warnings);
  return config ? "" : config.error().message();
}

TEST(Config, HasItsDefaults) {
  const Config config = read({{"HOME", "/srv/someone"}}, {});
  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 20128);
  EXPECT_EQ(config.data_dir, "/srv/someone/.omniroute");
  EXPECT_FALSE(config.no_open);
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
  EXPECT_TRUE(config.no_open);
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

TEST(Config, NamesNobodyAsTheSourceOfAValueThatWasNotHeeded) {
  const auto sources = read({{"HOSTNAME", "build-7"}}, {}).sources;
  EXPECT_EQ(std::ranges::count(sources, "default"), std::ssize(sources));
  const auto heeded = read({{"HOSTNAME", "0.0.0.0"}}, {}).sources;
  EXPECT_EQ(std::ranges::count(heeded, "HOSTNAME"), 2);
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
            "--threads: \"1025\" is not a number from 0 to 1024");
  EXPECT_EQ(refusal({{"APP_LOG_LEVEL", "loud"}}, {}),
            "APP_LOG_LEVEL: \"loud\" is not one of debug, info, warn, error, off");
  EXPECT_EQ(refusal({}, {"--log-format", "xml"}), "--log-format: \"xml\" is not json or text");
  EXPECT_EQ(refusal({{"SHUTDOWN_TIMEOUT_MS", "3600001"}}, {}),
            "SHUTDOWN_TIMEOUT_MS: \"3600001\" is not a number from 0 to 3600000");
  EXPECT_EQ(refusal({}, {"--tls-key", "k"}),
            "--tls-certificate and --tls-key go together: --tls-certificate is missing");
}

TEST(Config, WarnsOfEachUnknownVariableOfOurs) {
  std::vector<std::string> warnings{"old"};
  const Environment environment{{"OMNIROUTE_PROT", "1"}, {"OMNIROUTE_PORT", "2"}, {"OTHER", "3"}};
  EXPECT_TRUE(read_config({{}, environment, {}}, warnings));
  EXPECT_EQ(warnings, std::vector<std::string>{"OMNIROUTE_PROT"});
}

Config read_all(const Inputs& inputs) {
  std::vector<std::string> warnings;
  Result<Config> config = read_config(inputs, warnings);
  EXPECT_TRUE(config) << (config ? "" : config.error().message());
  return config ? *std::move(config) : Config();
}

std::string source_of(const Config& config, std::string_view variable) {
  for (std::size_t i = 0; i < options().size(); ++i) {
    if (options()[i].variable == variable) return config.sources[i];
  }
  return "no such row";
}

TEST(Config, RemembersWhereEachValueComesFrom) {
  const EnvFile file{"/x/.env",
                     {{"PORT", "1"}, {"REQUIRE_API_KEY", "true"}, {"API_KEY_SECRET", "a"}}};
  const Environment environment{{"REQUIRE_API_KEY", "false"}, {"API_KEY_SECRET", ""}};
  const Config config = read_all({{"--host", "::1"}, environment, file});
  EXPECT_EQ(config.port, 1);
  EXPECT_FALSE(config.require_api_key);
  EXPECT_EQ(source_of(config, "PORT"), "PORT in /x/.env");
  EXPECT_EQ(source_of(config, "OMNIROUTE_PORT"), "PORT in /x/.env");  // they set the same thing
  EXPECT_EQ(source_of(config, "REQUIRE_API_KEY"), "REQUIRE_API_KEY");
  EXPECT_EQ(source_of(config, "API_KEY_SECRET"), "API_KEY_SECRET in /x/.env");
  EXPECT_EQ(source_of(config, "OMNIROUTE_HOST"), "--host");
  EXPECT_EQ(source_of(config, "DATA_DIR"), "default");
}

TEST(Config, TakesTheEnvironmentOverTheFileAlsoUnderAnotherName) {
  const EnvFile file{"/x/.env", {{"OMNIROUTE_PORT", "1"}}};
  EXPECT_EQ(read_all({{}, {{"PORT", "2"}}, file}).port, 2);
}

TEST(Config, NamesTheFileOfAWrongValue) {
  std::vector<std::string> warnings;
  const EnvFile file{"/x/.env", {{"REQUIRE_API_KEY", "perhaps"}, {"OMNIROUTE_X", "1"}}};
  EXPECT_EQ(read_config({{}, {}, file}, warnings).error().message(),
            "REQUIRE_API_KEY in /x/.env: \"perhaps\" is not true or false");
  EXPECT_EQ(warnings, std::vector<std::string>{"OMNIROUTE_X"});
}

TEST(Config, LooksForTheFileInTheDataDirectoryFirst) {
  using Places = std::vector<std::string>;
  const Environment home{{"HOME", "/h"}};
  EXPECT_EQ(env_file_places({{}, home, {}}),
            (Places{"/h/.omniroute/.env", "/h/.omniroute/.env", ".env"}));
  EXPECT_EQ(env_file_places({{"--data-dir", "/d"}, home, {}}),
            (Places{"/d/.env", "/h/.omniroute/.env", ".env"}));
  EXPECT_EQ(env_file_places({{"--data-dir=/d"}, {{"DATA_DIR", "/e"}}, {}}),
            (Places{"/d/.env", ".env"}));
}

TEST(Config, UsesTheFolderOfXdgOnlyWhereItIs) {
  const store::TestFolder folder;
  const Environment environment{{"HOME", "/h"}, {"XDG_CONFIG_HOME", folder.path()}};
  EXPECT_EQ(read(environment, {}).data_dir, "/h/.omniroute");
  std::filesystem::create_directory(folder.file("omniroute"));
  EXPECT_EQ(read(environment, {}).data_dir, folder.file("omniroute"));
}

TEST(Config, ReadsWhoMayCall) {
  const Config config = read({{"REQUIRE_API_KEY", "1"},
                              {"ROUTER_API_KEY", "a"},
                              {"OMNIROUTE_API_KEY", "b"},
                              {"CORS_ORIGIN", "https://a.example , https://b.example,"},
                              {"TRUSTED_PROXIES", "10.0.*, 192.0.2.1"},
                              {"BASE_URL", "https://gw.example"},
                              {"ALLOWED_HOSTS", "gw.example,*.lan"},
                              {"DB_BACKUP_MAX_FILES", "3"},
                              {"DB_BACKUP_RETENTION_DAYS", "4"},
                              {"DISABLE_SQLITE_AUTO_BACKUP", "TRUE"}},
                             {});
  EXPECT_TRUE(config.require_api_key);
  EXPECT_EQ(config.router_api_key.reveal(), "a");
  EXPECT_EQ(config.api_key.reveal(), "b");
  EXPECT_EQ(config.cors_origin, (Flags{"https://a.example", "https://b.example"}));
  ASSERT_EQ(config.trusted_proxies.size(), 2U);
  EXPECT_EQ(config.trusted_proxies[0].text(), "10.0.0.0/16");
  EXPECT_EQ(config.base_url, "https://gw.example");
  EXPECT_EQ(config.allowed_hosts, (Flags{"gw.example", "*.lan"}));
  EXPECT_EQ(config.backup_files_max, 3U);
  EXPECT_EQ(config.backup_days, 4);
  EXPECT_TRUE(config.no_backup_before_writes);
  EXPECT_TRUE(refusal({{"TRUSTED_PROXIES", "nobody"}}, {}).starts_with("TRUSTED_PROXIES: "));
  EXPECT_EQ(refusal({{"BASE_URL", "gw.example"}}, {}),
            "BASE_URL: \"gw.example\" is not a URL of http or https");
  EXPECT_EQ(refusal({{"ALLOWED_HOSTS", "a.example,http://b"}}, {}),
            "ALLOWED_HOSTS: \"http://b\" is not the name of a host, without a port");
}

TEST(Config, ReadsWhatIsRememberedOfAnswers) {
  const Config config = read({{"SEMANTIC_CACHE_MAX_SIZE", "1"},
                              {"SEMANTIC_CACHE_MAX_BYTES", "2"},
                              {"SEMANTIC_CACHE_DB_MAX_SIZE", "3"},
                              {"SEMANTIC_CACHE_DB_MAX_BYTES", "4"},
                              {"SEMANTIC_CACHE_TTL_MS", "5"}},
                             {});
  EXPECT_EQ(config.cache_entries_max, 1U);
  EXPECT_EQ(config.cache_bytes_max, 2U);
  EXPECT_EQ(config.stored_answers_max, 3U);
  EXPECT_EQ(config.stored_answer_bytes_max, 4U);
  EXPECT_EQ(config.cache_lifetime, Millis(5));
  EXPECT_FALSE(read({}, {}).cache_lifetime);
}

TEST(Config, RefusesAnInitialPasswordThatCannotBeHashed) {
  EXPECT_EQ(refusal({{"INITIAL_PASSWORD", std::string(73, 'a')}}, {}),
            "INITIAL_PASSWORD: is longer than 72 bytes, which no password may be");
  EXPECT_EQ(refusal({{"INITIAL_PASSWORD", std::string(72, 'a')}}, {}), "");
}

TEST(Config, TakesTheLargestBodyInBytes) {
  EXPECT_EQ(read({}, {}).body_bytes_max, std::nullopt);
  EXPECT_EQ(read({{"MAX_BODY_SIZE_BYTES", "4711"}}, {}).body_bytes_max, 4711U);
  EXPECT_NE(refusal({{"MAX_BODY_SIZE_BYTES", "0"}}, {}), "");
  EXPECT_NE(refusal({{"MAX_BODY_SIZE_BYTES", "10M"}}, {}), "");
}

TEST(Options, ShowNoSecret) {
  const Config config = read({{"INITIAL_PASSWORD", "hunter2"},
                              {"STORAGE_ENCRYPTION_KEY", "hunter2"},
                              {"API_KEY_SECRET", "hunter2"},
                              {"OMNIROUTE_API_KEY", "hunter2"}},
                             {});
  int masked = 0;
  for (const Option& option : options()) {
    EXPECT_NE(option.show(config), "hunter2") << option.variable;
    if (option.show(config) == "***") ++masked;
  }
  EXPECT_EQ(masked, 4);
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
