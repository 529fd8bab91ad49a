#include "account/account.h"

#include <algorithm>

#include "catalog/address.h"
#include "json/scratch_reader.h"

namespace omni::account {
namespace {

/// What only this connection says, of all that its data may hold.
struct Data {
  std::string base_url, user_agent, proxy_url;
};

Data read_data(const store::Connection* connection) {
  Data data;
  if (connection == nullptr) return data;
  json::ScratchReader reader;
  const json::Value root = reader->read(connection->data.text());
  if (root.kind() != json::Kind::object) return data;
  const auto text = [&](std::string_view name) {
    const json::Value value = root.find(name);
    return value.kind() == json::Kind::text ? std::string(value.text()) : std::string();
  };
  data.base_url = text("baseUrl");
  data.user_agent = text("customUserAgent");
  data.proxy_url = text("proxyUrl");
  return data;
}

/// `{name}` becomes the member of that name.
Result<std::string> fill_in(std::string_view text, const store::Connection* connection) {
  std::string filled;
  json::ScratchReader reader;
  for (;;) {
    const std::size_t open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) return filled;
    const std::size_t close = text.find('}', open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    const json::Value value =
        connection == nullptr ? json::Value() : reader->read(connection->data.text()).find(name);
    if (value.kind() != json::Kind::text || value.text().empty()) {
      return Error(Error::Kind::bad_request,
                   "the connection's providerSpecificData lacks " + std::string(name));
    }
    filled += value.text();
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
}

Result<Base> base_at(const std::string& url) {
  const Result<net::Url> parsed = net::parse_url(url);
  if (!parsed) return parsed.error();
  std::string path = parsed->target;
  while (path.ends_with('/')) path.pop_back();
  return Base{.dialect = {}, .origin = parsed->origin, .path = std::move(path), .chat_path = {}};
}

/// Where it is by its data, or else by the catalogue.
Result<Base> place_of(const std::string& usual, const std::string& base_url,
                      const Account& account) {
  const Result<std::string> url = base_url.empty() ? fill_in(usual, account.connection)
                                                   : catalog::without_endpoint(base_url);
  if (!url) return url.error();
  return base_at(*url);
}

Status add_bases(const std::string& base_url, Account& account) {
  const auto& endpoints = account.provider->endpoints;
  const bool elsewhere = !base_url.empty();
  for (const catalog::Endpoint& endpoint : endpoints) {
    // Who is somewhere else is there with all that he speaks at the first address.
    if (elsewhere && endpoint.base != endpoints.front().base) continue;
    Result<Base> base = place_of(endpoint.base, base_url, account);
    if (!base) return base.error();
    base->dialect = endpoint.dialect;
    base->chat_path = endpoint.path;
    account.bases.push_back(*std::move(base));
  }
  const auto& transcriptions = account.provider->transcriptions;
  if (!transcriptions) return Nothing{};
  Result<Base> base = place_of(transcriptions->base, base_url, account);
  if (!base) return base.error();
  account.transcriptions = *std::move(base);
  return Nothing{};
}

Status read_proxy(const std::string& url, Account& account) {
  if (url.empty()) return Nothing{};
  Result<net::Proxy> proxy = net::parse_proxy(url);
  if (!proxy) return proxy.error();
  account.proxy = *std::move(proxy);
  return Nothing{};
}

}  // namespace

const Secret& Account::key() const {
  static const Secret none;
  if (connection == nullptr) return none;
  return connection->api_key.empty() ? connection->access_token : connection->api_key;
}

const std::string& Account::id() const {
  return connection == nullptr ? provider->id : connection->id;
}

const Base* Account::find_base(chat::Dialect dialect) const {
  const auto found = std::ranges::find(bases, dialect, &Base::dialect);
  return found == bases.end() ? nullptr : &*found;
}

const Base* Account::first_base() const {
  if (!bases.empty()) return &bases.front();
  return transcriptions ? &*transcriptions : nullptr;
}

const net::Proxy* Account::way_out(const net::Proxy* of_combo) const {
  if (proxy) return &*proxy;
  if (own_proxy != nullptr) return own_proxy;
  return of_combo != nullptr ? of_combo : shared_proxy;
}

Account prepare(const catalog::Provider& provider, const store::Connection* connection,
                const Proxies& proxies) {
  Account account;
  account.provider = &provider;
  account.connection = connection;
  Data data = read_data(connection);
  account.user_agent = std::move(data.user_agent);
  if (!provider.hook.empty()) {  // nobody is called
    for (const catalog::Endpoint& endpoint : provider.endpoints) {
      account.bases.push_back({endpoint.dialect, {}, {}, {}});
    }
    return account;
  }
  Status ready = add_bases(data.base_url, account);
  if (ready) ready = read_proxy(data.proxy_url, account);
  if (!ready) account.flaw = ready.error().message();
  const Base* const called = account.first_base();
  if (called == nullptr) return account;
  account.own_proxy = proxies.at("key", account.id()).proxy;
  account.shared_proxy = proxies.shared(provider, called->origin).proxy;
  return account;
}

namespace {

const void* key_of(const catalog::Provider& provider, const store::Connection* connection) {
  if (connection == nullptr) return &provider;
  return connection;
}

}  // namespace

void Roster::add(const catalog::Provider& provider, const store::Connection* connection,
                 const Proxies& proxies) {
  accounts_.try_emplace(key_of(provider, connection), prepare(provider, connection, proxies));
}

const Account* Roster::find(const catalog::Provider& provider,
                            const store::Connection* connection) const {
  const auto found = accounts_.find(key_of(provider, connection));
  return found == accounts_.end() ? nullptr : &found->second;
}

}  // namespace omni::account
