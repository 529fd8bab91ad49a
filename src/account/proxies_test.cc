#include "account/proxies.h"

#include <gtest/gtest.h>

#include "account/account.h"

namespace omni::account {
namespace {

store::ProxyRow row(std::string level, std::string id, const std::string& host) {
  return {std::move(level), std::move(id), Secret("http://" + host + ":8080")};
}

class ProxiesTest : public testing::Test {
 protected:
  ProxiesTest() {
    provider.id = "acme";
    provider.aliases = {"ac"};
    provider.endpoints = {
        {.dialect = chat::Dialect::openai_chat, .base = "https://api.acme.example/v1"}};
  }

  /// The host of the proxy by which the account is called; "none".
  std::string way_out(const net::Proxy* of_combo = nullptr) {
    const Proxies proxies(rows, variables);
    const Account account = prepare(provider, &connection, proxies);
    const net::Proxy* proxy = account.way_out(of_combo);
    return proxy == nullptr ? "none" : proxy->host;
  }

  catalog::Provider provider;
  store::Connection connection{.id = "c", .provider = "acme"};
  std::vector<store::ProxyRow> rows;
  ProxyVariables variables;
};

TEST_F(ProxiesTest, OfTheMostSpecialLevelWins) {
  const net::Proxy of_combo = *net::parse_proxy("http://of-combo");
  EXPECT_EQ(way_out(), "none");
  variables.all = Secret("http://of-environment");
  EXPECT_EQ(way_out(), "of-environment");
  rows = {row("global", "", "of-all")};
  EXPECT_EQ(way_out(), "of-all");
  rows.push_back(row("provider", "other", "wrong"));
  rows.push_back(row("combo", "acme", "wrong"));
  rows.push_back(row("provider", "acme", "of-provider"));
  EXPECT_EQ(way_out(), "of-provider");
  EXPECT_EQ(way_out(&of_combo), "of-combo");
  rows.push_back(row("key", "c", "of-key"));
  EXPECT_EQ(way_out(&of_combo), "of-key");
  connection.data = json::Raw::trusted(R"({"proxyUrl":"http://its-own"})");
  EXPECT_EQ(way_out(&of_combo), "its-own");
}

TEST_F(ProxiesTest, OfAProviderMayBeSetByItsAlias) {
  rows = {row("provider", std::string(provider.prefix()), "of-provider")};
  EXPECT_EQ(way_out(), "of-provider");
}

TEST_F(ProxiesTest, OfTheEnvironmentGoByTheSchemeOfWhatIsCalled) {
  variables = {.https = Secret("http://for-https"),
               .http = Secret("http://for-http"),
               .all = Secret("http://for-all"),
               .no_proxy = {}};
  EXPECT_EQ(way_out(), "for-https");
  provider.endpoints[0].base = "http://acme.example";
  EXPECT_EQ(way_out(), "for-http");
  variables.http = Secret();
  EXPECT_EQ(way_out(), "for-all");
}

TEST_F(ProxiesTest, ForEverybodyAreNotForTheHostsThatNeedNone) {
  rows = {row("global", "", "of-all")};
  for (const char* const entry : {"*", "acme.example", ".acme.example", "*.acme.example",
                                  "API.acme.example", "api.acme.example:443"}) {
    variables.no_proxy = {"other.example", entry};
    EXPECT_EQ(way_out(), "none") << entry;
  }
  for (const char* const entry : {"", "me.example", "api.acme.example:80", "acme.example.org"}) {
    variables.no_proxy = {entry};
    EXPECT_EQ(way_out(), "of-all") << entry;
  }
  variables.no_proxy = {"*"};
  rows.push_back(row("provider", "acme", "of-provider"));
  EXPECT_EQ(way_out(), "of-provider") << "somebody has said it for this one";
}

TEST_F(ProxiesTest, ForEverybodyAreNotForTheNetworksThatNeedNone) {
  rows = {row("global", "", "of-all")};
  const auto way_to = [this](std::string host, std::string entry) {
    provider.endpoints[0].base = "http://" + std::move(host);
    variables.no_proxy = {std::move(entry)};
    return way_out();
  };
  for (const char* const entry : {"10.0.0.0/8", "10.1.2.3/32", "10.1.0.0/17", "0.0.0.0/0"}) {
    EXPECT_EQ(way_to("10.1.2.3", entry), "none") << entry;
  }
  for (const char* const entry : {"10.1.2.4/32", "10.1.128.0/17", "10.0.0.0/33", "10.0.0.0/", "/8",
                                  "10.0.0.0/8x", "::/0", "x/8"}) {
    EXPECT_EQ(way_to("10.1.2.3", entry), "of-all") << entry;
  }
  EXPECT_EQ(way_to("[2001:db8::1]", "2001:db8::/32"), "none");
  EXPECT_EQ(way_to("[2001:db9::1]", "2001:db8::/32"), "of-all");
  EXPECT_EQ(way_to("acme.example", "0.0.0.0/0"), "of-all") << "a name is no address";
}

TEST_F(ProxiesTest, TellWhichLevelTheyAreOf) {
  rows = {row("provider", "acme", "of-provider")};
  const Proxies proxies(rows, variables);
  const Proxies::Choice choice = proxies.shared(provider, {});
  EXPECT_EQ(choice.level, "provider");
  EXPECT_EQ(choice.id, "acme");
  EXPECT_EQ(proxies.at("key", "c").level, "direct");
}

}  // namespace
}  // namespace omni::account
