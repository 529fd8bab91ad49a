#include "gateway/upstream_prober.h"

#include <algorithm>
#include <variant>

#include "base/strings.h"
#include "route/node_provider.h"
#include "upstream/reset_time.h"

namespace omni::gateway {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{16} << 20;  // some lists are long
/// Some models refuse to say less.
constexpr std::int64_t tokens_max = 16;

chat::Request small_question(std::string model) {
  chat::Request request;
  request.source = chat::Dialect::openai_chat;
  request.model = std::move(model);
  request.max_output_tokens = tokens_max;
  chat::Message message{.role = chat::Role::user, .parts = {}, .name = {}, .extras = {}};
  message.parts.push_back(
      {.body = chat::Text{"Hi"}, .seal = {}, .cache_control = {}, .extras = {}});
  request.messages.push_back(std::move(message));
  return request;
}

/// All parts are something but texts without words; what is thought in secret is only counted.
bool says_something(const chat::Reply& reply) {
  if (reply.usage && reply.usage->output_reasoning > 0) return true;
  return std::ranges::any_of(reply.choices, [](const chat::Choice& choice) {
    return std::ranges::any_of(choice.parts, [](const chat::Part& part) {
      const auto* text = std::get_if<chat::Text>(&part.body);
      return text == nullptr || !trim(text->text).empty();
    });
  });
}

net::Task<Result<api::ProbeAnswer>> read(Result<std::unique_ptr<upstream::Answer>> answer,
                                         Clock::Wall now) {
  if (!answer) co_return answer.error();
  Result<std::string> body = co_await net::read_all((*answer)->body(), answer_bytes_max);
  if (!body) co_return body.error();
  const auto reset = upstream::reset_after(**answer, *body, now);
  co_return api::ProbeAnswer{
      .status = (*answer)->status(), .body = *std::move(body), .text = {}, .reset = reset};
}

}  // namespace

void hear(chat::Dialect dialect, api::ProbeAnswer& answer) {
  const auto read = dialect::codec_for(dialect).decode_reply(answer.body);
  const auto* reply = std::get_if<chat::Reply>(&read);
  answer.silent = reply == nullptr || !says_something(*reply);
  if (reply == nullptr) return;
  for (const chat::Choice& choice : reply->choices) {
    for (const chat::Part& part : choice.parts) {
      if (std::holds_alternative<chat::Text>(part.body)) answer.text += chat::text_of(part);
    }
  }
}

/// A copy, so that it lasts as long as the question.
Result<catalog::Provider> UpstreamProber::provider_of(const api::ProbeSubject& subject) const {
  if (subject.node) return route::provider_of(*subject.node);
  const catalog::Provider* provider = with_.catalog.find(subject.connection.provider);
  if (provider == nullptr) return Error(Error::Kind::not_found, "Unknown provider");
  return *provider;
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::list_models(api::ProbeSubject subject,
                                                                std::string path) {
  const Result<catalog::Provider> provider = provider_of(subject);
  if (!provider) co_return provider.error();
  const auto view = with_.views.current();
  const account::Account account = account::prepare(*provider, &subject.connection, view->proxies);
  if (account.bases.empty()) co_return Error(Error::Kind::bad_request, account.flaw);
  auto answer =
      co_await with_.upstream.get({.account = &account, .base = &account.bases.front()}, path);
  co_return co_await read(std::move(answer), with_.clock.wall());
}

/// With another token where its own is over.  A renewal may outlive whoever waits for it.
net::Task<Result<store::Connection>> UpstreamProber::with_token(
    const catalog::Provider& provider, store::Connection connection) const {
  using account::Refresher;
  if (!Refresher::is_renewable(connection) || !with_.refresher.is_over(connection)) {
    co_return connection;
  }
  struct Kept {
    catalog::Provider provider;
    store::Connection connection;
    std::shared_ptr<const pipeline::View> view;
    account::Account account = {};
  };
  const auto kept =
      std::make_shared<Kept>(Kept{provider, std::move(connection), with_.views.current()});
  kept->account = account::prepare(kept->provider, &kept->connection, kept->view->proxies);
  const auto renewed = co_await with_.refresher.renew(kept->account, kept);
  if (!renewed) co_return renewed.error();
  co_return **renewed;
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::ask_quota(api::ProbeSubject subject) {
  const Result<catalog::Provider> provider = provider_of(subject);
  if (!provider) co_return provider.error();
  if (!provider->quota) co_return Error(Error::Kind::bad_request, "It does not tell");
  const Result<store::Connection> connection = co_await with_token(*provider, subject.connection);
  if (!connection) co_return connection.error();
  const auto view = with_.views.current();
  const account::Account account = account::prepare(*provider, &*connection, view->proxies);
  if (account.bases.empty()) co_return Error(Error::Kind::bad_request, account.flaw);
  account::Base base = account.bases.front();
  std::string path = provider->quota->url;
  if (!path.starts_with('/')) {
    Result<net::Url> url = net::parse_url(path);
    if (!url) co_return url.error();
    base.origin = std::move(url->origin);
    path = std::move(url->target);
  }
  base.path.clear();
  auto answer = co_await with_.upstream.get({.account = &account, .base = &base}, path);
  co_return co_await read(std::move(answer), with_.clock.wall());
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::ask_through(net::Proxy proxy) {
  const Result<net::Url> url = net::parse_url(proxy_test_url_);
  if (!url) co_return url.error();
  // Whether it can look names up is part of the question.
  if (proxy.kind == net::Proxy::Kind::socks5) proxy.kind = net::Proxy::Kind::socks5h;
  co_return co_await read(co_await with_.upstream.get_through(proxy, *url), with_.clock.wall());
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::ask_one_token(api::ProbeSubject subject,
                                                                  std::string model) {
  const Result<catalog::Provider> provider = provider_of(subject);
  if (!provider) co_return provider.error();
  const auto view = with_.views.current();
  const account::Account account = account::prepare(*provider, &subject.connection, view->proxies);
  if (account.bases.empty()) co_return Error(Error::Kind::bad_request, account.flaw);
  const account::Base& base = account.bases.front();
  const dialect::Codec& codec = dialect::codec_for(base.dialect);
  dialect::EncodeHints hints;
  hints.model = model;
  hints.completion_token_limit =
      provider->quirks_of(model).has(catalog::Quirk::completion_token_limit);
  Result<dialect::Outbound> outbound = codec.encode_request(small_question(model), hints);
  if (!outbound) co_return outbound.error();
  auto answer = co_await with_.upstream.ask({.account = &account, .base = &base}, *outbound);
  Result<api::ProbeAnswer> heard = co_await read(std::move(answer), with_.clock.wall());
  if (heard && heard->status >= 200 && heard->status < 300) hear(base.dialect, *heard);
  co_return heard;
}

}  // namespace omni::gateway
