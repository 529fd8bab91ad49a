#include "upstream/upstream.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/strings.h"
#include "dialect/anthropic/codec.h"
#include "net/loop.h"
#include "upstream/special/special.h"

namespace omni::upstream {
namespace {

using account::Account;
using catalog::Auth;

/// An answer that came over the network.
class NetAnswer final : public Answer {
 public:
  explicit NetAnswer(std::unique_ptr<net::Answer> answer) : answer_(std::move(answer)) {}

  int status() const override { return answer_->status(); }
  std::string_view field(std::string_view name) const override { return answer_->field(name); }
  net::ByteSource& body() override { return answer_->body(); }

 private:
  std::unique_ptr<net::Answer> answer_;
};

void add_credential(const Account& account, net::OutFields& fields) {
  const Auth& auth = account.provider->auth;
  const Secret& key = account.key();
  if (key.empty()) return;
  if (auth.scheme == Auth::Scheme::bearer) {
    fields.add("authorization", "Bearer " + std::string(key.reveal()));
  } else if (auth.scheme == Auth::Scheme::field) {
    fields.add(auth.name, auth.prefix + std::string(key.reveal()));
  }
}

constexpr std::size_t token_body_bytes_max = std::size_t{64} << 10;
constexpr std::string_view version_field = "anthropic-version";

bool holds(std::span<const dialect::Header> fields, std::string_view name) {
  return std::ranges::any_of(
      fields, [name](const auto& field) { return equals_ignoring_case(field.first, name); });
}

/// Path and query, with the key in it for the few providers that want it there.
std::string target_of(const Destination& destination, std::string_view path) {
  std::string target = destination.base->path;
  if (!path.starts_with('/')) target += '/';
  target += path;
  const Auth& auth = destination.account->provider->auth;
  const Secret& key = destination.account->key();
  if (auth.scheme == Auth::Scheme::query && !key.empty()) {
    target.append(target.find('?') == std::string::npos ? "?" : "&");
    target.append(auth.name).append("=").append(net::percent_encode(key.reveal()));
  }
  return target;
}

}  // namespace

struct Upstream::PerLoop {
  PerLoop(net::Loop& on, net::Resolver& resolver, net::ClientTls& tls)
      : loop(on), client(on, resolver, tls) {}

  net::Loop& loop;
  net::Client client;
};

Upstream::Upstream(net::LoopPool& loops, net::ClientTls& tls, const Clock& clock, Options options)
    : options_(std::move(options)), clock_(clock) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    per_loop_.push_back(std::make_unique<PerLoop>(loops[i], resolver_, tls));
  }
}

Upstream::~Upstream() {
  for (const auto& each : per_loop_) {
    net::LoopPool::run_on(each->loop, [&each]() -> net::Task<> {
      each->client.close();
      co_return;
    });
  }
}

net::Client& Upstream::client_on(net::Loop& loop) {
  const auto found =
      std::ranges::find_if(per_loop_, [&loop](const auto& each) { return &each->loop == &loop; });
  OMNI_ASSERT(found != per_loop_.end());
  return (*found)->client;
}

net::OutFields Upstream::fields_of(const Destination& destination,
                                   std::span<const dialect::Header> headers) const {
  const Account& account = *destination.account;
  net::OutFields fields;
  add_credential(account, fields);
  for (const auto& [name, value] : headers) fields.add(name, value);
  std::string user_agent = account.user_agent;
  for (const auto& [name, value] : account.provider->fields) {
    if (name == "user-agent") {
      if (user_agent.empty()) user_agent = value;
    } else if (!holds(headers, name)) {
      fields.add(name, value);
    }
  }
  if (destination.base->dialect == chat::Dialect::anthropic && !holds(headers, version_field) &&
      !holds(account.provider->fields, version_field)) {
    fields.add(version_field, dialect::anthropic_version);
  }
  fields.add("user-agent", user_agent.empty() ? options_.user_agent : user_agent);
  return fields;
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::ask(const Destination& destination,
                                                         Question question) {
  const Account& account = *destination.account;
  if (!account.provider->hook.empty()) {
    co_return co_await answer_here(destination, {.dialect = destination.base->dialect,
                                                 .path = question.path,
                                                 .body = question.body,
                                                 .method = question.method});
  }
  net::Call call;
  call.method = question.method;
  call.fields = fields_of(destination, question.headers);
  if (question.method != "GET") call.fields.add("content-type", question.content_type);
  call.body = question.body;
  call.source = question.source;
  const std::string& own_path = destination.base->chat_path;
  const bool own = question.is_dialect && !own_path.empty();
  co_return co_await send(destination, std::move(call),
                          target_of(destination, own ? own_path : question.path));
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::get(const Destination& destination,
                                                         std::string_view path) {
  const std::array<dialect::Header, 1> headers{{{"accept", "application/json"}}};
  Question question(path);
  question.method = "GET";
  question.headers = headers;
  co_return co_await ask(destination, question);
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::answer_here(const Destination& destination,
                                                                 DemoAsk ask) {
  ask.now = to_millis(clock_.wall()) / 1000;
  co_return co_await net::within(options_.times.first_byte, "first byte",
                                 answer_specially(destination.account->provider->hook, ask));
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::send(const Destination& destination,
                                                          net::Call call, std::string target) {
  const Account& account = *destination.account;
  if (!account.flaw.empty()) co_return Error(Error::Kind::bad_request, account.flaw);
  call.origin = destination.base->origin;
  call.target = target;
  call.times = options_.times;
  call.proxy = account.way_out(destination.combo_proxy);
  call.decode = true;
  const bool nearby = options_.private_addresses || account.provider->private_address;
  call.reach = nearby ? net::Reach::local : net::Reach::open;
  co_return co_await send(call);
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::send(const net::Call& call) {
  net::Client& client = client_on((co_await net::current_scope()).loop());
  Result<std::unique_ptr<net::Answer>> answer = co_await client.send(call);
  if (!answer) co_return answer.error();
  co_return std::make_unique<NetAnswer>(*std::move(answer));
}

net::Task<Result<account::TokenAnswer>> Upstream::ask_for_tokens(const Account& account,
                                                                 const net::Url& url,
                                                                 account::TokenQuestion question) {
  net::Call call;
  call.origin = url.origin;
  call.target = url.target;
  call.fields.add("content-type", question.type).add("accept", "application/json");
  call.fields.add("user-agent", options_.user_agent);
  call.body = question.body;
  call.times = options_.times;
  call.proxy = account.way_out(nullptr);
  call.decode = true;
  const bool nearby = options_.private_addresses || account.provider->private_address;
  call.reach = nearby ? net::Reach::local : net::Reach::open;
  const Result<std::unique_ptr<Answer>> answer = co_await send(call);
  if (!answer) co_return answer.error();
  Result<std::string> body = co_await net::read_all((*answer)->body(), token_body_bytes_max);
  if (!body) co_return body.error();
  co_return account::TokenAnswer{(*answer)->status(), *std::move(body)};
}

net::Task<Result<std::unique_ptr<Answer>>> Upstream::get_through(const net::Proxy& proxy,
                                                                 const net::Url& url) {
  net::Call call;
  call.method = "GET";
  call.origin = url.origin;
  call.target = url.target;
  call.fields.add("user-agent", options_.user_agent);
  call.times = options_.times;
  call.proxy = &proxy;
  call.reach = options_.private_addresses ? net::Reach::local : net::Reach::open;
  co_return co_await send(call);
}

}  // namespace omni::upstream
