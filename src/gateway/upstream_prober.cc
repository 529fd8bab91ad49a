#include "gateway/upstream_prober.h"

#include <variant>

#include "route/node_provider.h"

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

std::string text_of(const chat::Reply& reply) {
  std::string text;
  for (const chat::Choice& choice : reply.choices) {
    for (const chat::Part& part : choice.parts) {
      if (std::holds_alternative<chat::Text>(part.body)) text += chat::text_of(part);
    }
  }
  return text;
}

net::Task<Result<api::ProbeAnswer>> read(Result<std::unique_ptr<upstream::Answer>> answer) {
  if (!answer) co_return answer.error();
  Result<std::string> body = co_await net::read_all((*answer)->body(), answer_bytes_max);
  if (!body) co_return body.error();
  co_return api::ProbeAnswer{.status = (*answer)->status(), .body = *std::move(body), .text = {}};
}

}  // namespace

/// A copy, so that it lasts as long as the question.
Result<catalog::Provider> UpstreamProber::provider_of(const api::ProbeSubject& subject) const {
  if (subject.node) return route::provider_of(*subject.node);
  const catalog::Provider* provider = catalog_.find(subject.connection.provider);
  if (provider == nullptr) return Error(Error::Kind::not_found, "Unknown provider");
  return *provider;
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::list_models(api::ProbeSubject subject,
                                                                std::string path) {
  const Result<catalog::Provider> provider = provider_of(subject);
  if (!provider) co_return provider.error();
  const auto view = views_.current();
  const account::Account account = account::prepare(*provider, &subject.connection, view->proxies);
  if (account.bases.empty()) co_return Error(Error::Kind::bad_request, account.flaw);
  auto answer = co_await upstream_.get({.account = &account, .base = &account.bases.front()}, path);
  co_return co_await read(std::move(answer));
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::ask_through(net::Proxy proxy) {
  const Result<net::Url> url = net::parse_url(proxy_test_url_);
  if (!url) co_return url.error();
  // Whether it can look names up is part of the question.
  if (proxy.kind == net::Proxy::Kind::socks5) proxy.kind = net::Proxy::Kind::socks5h;
  co_return co_await read(co_await upstream_.get_through(proxy, *url));
}

net::Task<Result<api::ProbeAnswer>> UpstreamProber::ask_one_token(api::ProbeSubject subject,
                                                                  std::string model) {
  const Result<catalog::Provider> provider = provider_of(subject);
  if (!provider) co_return provider.error();
  const auto view = views_.current();
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
  auto answer = co_await upstream_.ask({.account = &account, .base = &base}, *outbound);
  Result<api::ProbeAnswer> read_answer = co_await read(std::move(answer));
  if (!read_answer || read_answer->status != 200) co_return read_answer;
  const auto reply = codec.decode_reply(read_answer->body);
  if (const auto* said = std::get_if<chat::Reply>(&reply)) read_answer->text = text_of(*said);
  co_return read_answer;
}

}  // namespace omni::gateway
