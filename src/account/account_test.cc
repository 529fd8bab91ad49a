#include "account/account.h"

#include <gtest/gtest.h>

namespace omni::account {
namespace {

using chat::Dialect;

catalog::Provider provider_at(std::string base) {
  catalog::Provider provider;
  provider.id = "acme";
  provider.endpoints = {{.dialect = Dialect::openai_chat, .base = std::move(base)}};
  return provider;
}

store::Connection connection_with(std::string data) {
  store::Connection connection{.id = "c", .provider = "acme"};
  connection.data = json::Raw::trusted(std::move(data));
  return connection;
}

std::string address(const Base& base) { return net::authority_of(base.origin) + base.path; }

TEST(Account, IsWhereItsProviderIs) {
  const catalog::Provider provider = provider_at("https://acme.example/v1");
  const store::Connection connection{.id = "c"};
  const Account account = prepare(provider, &connection, {});
  ASSERT_EQ(account.bases.size(), 1U);
  EXPECT_EQ(address(account.bases[0]), "acme.example/v1");
  EXPECT_EQ(account.find_base(Dialect::openai_chat), &account.bases[0]);
  EXPECT_EQ(account.find_base(Dialect::gemini), nullptr);
  EXPECT_EQ(account.id(), "c");
  EXPECT_EQ(account.flaw, "");
}

TEST(Account, FillsItsOwnDataIntoTheAddress) {
  const catalog::Provider provider =
      provider_at("https://{resource}.acme.example/{region}/v1/{resource}");
  const store::Connection connection = connection_with(R"({"resource": "mine", "region": "eu"})");
  EXPECT_EQ(address(prepare(provider, &connection, {}).bases.at(0)),
            "mine.acme.example/eu/v1/mine");
}

TEST(Account, SaysWhatItsDataLacks) {
  const catalog::Provider provider = provider_at("https://{resource}.acme.example");
  for (const char* const data : {"{}", R"({"resource": ""})", R"({"resource": 7})"}) {
    const store::Connection connection = connection_with(data);
    const Account account = prepare(provider, &connection, {});
    EXPECT_EQ(account.flaw, "the connection's providerSpecificData lacks resource") << data;
    EXPECT_TRUE(account.bases.empty());
  }
  EXPECT_NE(prepare(provider, nullptr, {}).flaw, "");
}

TEST(Account, MayBeSomewhereElseThanItsProvider) {
  catalog::Provider provider = provider_at("https://{resource}.acme.example");
  provider.endpoints.push_back(
      {.dialect = Dialect::openai_responses, .base = provider.endpoints[0].base});
  provider.endpoints.push_back({.dialect = Dialect::anthropic, .base = "https://other.example"});
  const store::Connection connection =
      connection_with(R"({"baseUrl": "http://10.0.0.4:8000/v1/chat/completions/"})");
  const Account account = prepare(provider, &connection, {});
  EXPECT_EQ(account.flaw, "");
  ASSERT_EQ(account.bases.size(), 2U) << "in all that it speaks at its first address";
  for (const Base& base : account.bases) EXPECT_EQ(address(base), "10.0.0.4:8000/v1");
  EXPECT_EQ(account.bases[1].dialect, Dialect::openai_responses);
}

TEST(Account, MayWriteRecordingsDownAtAnAddressOfItsOwn) {
  catalog::Provider provider = provider_at("https://acme.example/v1");
  EXPECT_FALSE(prepare(provider, nullptr, {}).transcriptions);
  provider.transcriptions = {.form = {}, .base = "https://ears.example/v2"};
  const Account account = prepare(provider, nullptr, {});
  EXPECT_EQ(address(*account.transcriptions), "ears.example/v2");
  EXPECT_EQ(account.first_base(), &account.bases[0]);
  provider.endpoints.clear();
  const store::Connection elsewhere = connection_with(R"({"baseUrl": "http://10.0.0.4:8000/v2/"})");
  const Account nothing_else = prepare(provider, &elsewhere, {});
  EXPECT_EQ(nothing_else.flaw, "");
  EXPECT_EQ(address(*nothing_else.transcriptions), "10.0.0.4:8000/v2");
  EXPECT_EQ(nothing_else.first_base(), &*nothing_else.transcriptions);
}

TEST(Account, HasThePathThatItsProviderSays) {
  catalog::Provider provider = provider_at("http://h");
  provider.endpoints[0].path = "/ask";
  EXPECT_EQ(prepare(provider, nullptr, {}).bases.at(0).chat_path, "/ask");
  EXPECT_EQ(prepare(provider, nullptr, {}).bases.at(0).path, "");
}

TEST(Account, KnowsItsProxyAndItsUserAgent) {
  const catalog::Provider provider = provider_at("https://acme.example");
  const store::Connection connection =
      connection_with(R"({"proxyUrl": "socks5://u:p@10.0.0.9:1080", "customUserAgent": "mine/1"})");
  const Account account = prepare(provider, &connection, {});
  ASSERT_TRUE(account.proxy);
  EXPECT_EQ(account.proxy->kind, net::Proxy::Kind::socks5);
  EXPECT_EQ(account.proxy->host, "10.0.0.9");
  EXPECT_EQ(account.proxy->port, 1080);
  EXPECT_EQ(account.user_agent, "mine/1");
  EXPECT_EQ(account.flaw, "");
}

TEST(Account, WhoseProxyOrAddressCannotBeReadIsFlawed) {
  const catalog::Provider provider = provider_at("https://acme.example");
  for (const char* const data :
       {R"({"proxyUrl": "ftp://10.0.0.9"})", R"({"baseUrl": "acme.example"})"}) {
    const store::Connection connection = connection_with(data);
    EXPECT_NE(prepare(provider, &connection, {}).flaw, "") << data;
  }
}

TEST(Account, ShowsItsApiKeyOrElseItsAccessToken) {
  const catalog::Provider provider = provider_at("https://acme.example");
  store::Connection connection{.id = "c"};
  EXPECT_TRUE(prepare(provider, &connection, {}).key().empty());
  connection.access_token = Secret("token");
  EXPECT_EQ(prepare(provider, &connection, {}).key(), Secret("token"));
  connection.api_key = Secret("key");
  EXPECT_EQ(prepare(provider, &connection, {}).key(), Secret("key"));
  EXPECT_TRUE(prepare(provider, nullptr, {}).key().empty());
}

TEST(Account, OfAProviderThatIsBuiltInIsNowhere) {
  catalog::Provider provider = provider_at("builtin:demo");
  provider.hook = "demo";
  const Account account = prepare(provider, nullptr, {});
  ASSERT_EQ(account.bases.size(), 1U);
  EXPECT_EQ(account.id(), "acme");
  EXPECT_EQ(account.flaw, "");
}

TEST(Roster, FindsAnAccountByItsConnectionOrItsProvider) {
  const catalog::Provider provider = provider_at("https://acme.example");
  const catalog::Provider other = provider_at("https://other.example");
  const store::Connection one{.id = "one"}, two{.id = "two"};
  Roster roster;
  roster.add(provider, &one, {});
  roster.add(other, nullptr, {});
  EXPECT_EQ(roster.find(provider, &one)->connection, &one);
  EXPECT_EQ(roster.find(provider, &two), nullptr);
  EXPECT_EQ(roster.find(provider, nullptr), nullptr);
  EXPECT_EQ(roster.find(other, nullptr)->provider, &other);
}

}  // namespace
}  // namespace omni::account
