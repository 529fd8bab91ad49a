// POST /v1/messages/count_tokens      {"input_tokens":n}
// POST /v1/responses/input_tokens     {"object":"response.input_tokens","input_tokens":n}
// POST /v1beta/models/M:countTokens   {"totalTokens":n,"promptTokensDetails":[…]}

#include "pipeline/count_tokens.h"

#include "dialect/gemini/path.h"
#include "dialect/lane.h"
#include "json/scratch_reader.h"
#include "json/writer.h"
#include "net/loop.h"
#include "pipeline/failure_reply.h"
#include "pipeline/inquiry.h"
#include "pipeline/token_estimate.h"

namespace omni::pipeline {
namespace {

using chat::Dialect;

constexpr Millis provider_time{5000};
constexpr std::size_t answer_bytes_max = 64 * 1024;

std::string answer_of(Dialect dialect, std::int64_t tokens) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (dialect == Dialect::openai_responses) out.key("object").text("response.input_tokens");
  if (dialect != Dialect::gemini) {
    out.key("input_tokens").integer(tokens);
  } else {
    out.key("totalTokens").integer(tokens).key("promptTokensDetails").begin_array();
    out.begin_object().key("modality").text("TEXT").key("tokenCount").integer(tokens).end_object();
    out.end_array();
  }
  out.end_object();
  return text;
}

std::optional<std::int64_t> tokens_in(Dialect dialect, std::string_view body) {
  json::ScratchReader reader;
  const json::Value root = reader->read(body);
  if (root.kind() != json::Kind::object) return std::nullopt;
  const json::Value count = root.find(dialect == Dialect::gemini ? "totalTokens" : "input_tokens");
  if (count.kind() != json::Kind::number) return std::nullopt;
  const std::int64_t tokens = count.integer();
  return reader->failed() ? std::nullopt : std::optional(tokens);
}

/// The provider's own count; nothing where it gives none.
net::Task<Result<std::int64_t>> ask_provider(const Parts& parts, const Inquiry& inquiry,
                                             Dialect dialect) {
  const Error none(Error::Kind::unavailable, "nobody counts");
  const catalog::Target& target = inquiry.plan().targets.front();
  const auto candidates = inquiry.candidates(target);
  const auto lent = parts.accounts.borrow({.provider = target.provider,
                                           .candidates = candidates,
                                           .model = target.model_id,
                                           .rules = &inquiry.view().rules});
  const auto* lease = std::get_if<account::Lease>(&lent);
  if (lease == nullptr || lease->connection() == nullptr) co_return none;
  const account::Account* account =
      inquiry.view().roster.find(*target.provider, lease->connection());
  if (account == nullptr || account->find_base(dialect) == nullptr) co_return none;
  Result<Translation> translation = inquiry.translate(target, *account);
  if (!translation || translation->base->dialect != dialect) co_return none;
  if (!translation->base->chat_path.empty()) co_return none;  // where it counts nobody knows
  dialect::Outbound& outbound = translation->outbound;
  if (dialect != Dialect::gemini) {
    outbound.path =
        dialect == Dialect::anthropic ? "/messages/count_tokens" : "/responses/input_tokens";
    outbound.body = inquiry.draft().body.splice({{"model", json::Raw::quote(target.model_id)}});
  } else {
    outbound.path = dialect::gemini::path_of_count(target.model_id);
    outbound.body = inquiry.incoming().body;
  }
  Result<std::unique_ptr<upstream::Answer>> answer = co_await parts.upstream.ask(
      {.account = account, .base = translation->base, .combo_proxy = inquiry.combo_proxy()},
      outbound);
  if (!answer || (*answer)->status() != 200) co_return none;
  const Result<std::string> body = co_await net::read_all((*answer)->body(), answer_bytes_max);
  if (!body) co_return none;
  const std::optional<std::int64_t> tokens = tokens_in(dialect, *body);
  if (!tokens) co_return none;
  co_return *tokens;
}

/// Google's may hold the whole request, or only its contents.
std::string gemini_body(std::string body) {
  const Result<json::Envelope> asked = json::Envelope::scan(body);
  if (!asked) return body;
  const json::Envelope::Member* whole = asked->find("generateContentRequest");
  return whole == nullptr ? body : std::string(whole->value);
}

/// Whoever only counts need not say for which model.
std::string with_some_model(const std::string& body) {
  const Result<json::Envelope> asked = json::Envelope::scan(body);
  if (!asked || asked->find("model") != nullptr) return body;
  return asked->splice({{"model", json::Raw::quote("unknown")}});
}

std::string gemini_path(std::string_view path) {
  const auto model = dialect::gemini::model_to_count(path);
  return "/v1beta" + dialect::gemini::path_of_reply(model.value_or("unknown"));
}

}  // namespace

net::Task<Status> CountTokens::handle(net::Exchange& exchange, Entry entry) {
  const Dialect dialect = entry.dialect;
  Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  if (!json::Envelope::scan(*body)) {
    const Error error = no_object(*body);
    if (dialect != Dialect::anthropic) {
      co_return co_await reply_failure(exchange, dialect, chat::Failure::of(error));
    }
    std::string text;
    json::Writer(text).begin_object().key("error").text(error.message()).end_object();
    co_return co_await exchange.reply_json(400, std::move(text));
  }
  entry.turn = route::Turn::looked_at;
  Inquiry inquiry(parts_, exchange, entry);
  if (dialect == Dialect::gemini) {
    inquiry.set_path(gemini_path(exchange.request().path()));
    body = gemini_body(*std::move(body));
  }
  std::int64_t tokens = 1;
  const Status understood = inquiry.understand(*body);
  if (understood && !inquiry.plan().targets.empty()) {
    const Result<std::int64_t> counted =
        co_await net::within(provider_time, "count", ask_provider(parts_, inquiry, dialect));
    if ((co_await net::current_scope()).cancelled())
      co_return (co_await net::current_scope()).why();
    if (counted) co_return co_await exchange.reply_json(200, answer_of(dialect, *counted));
  }
  const std::string path =
      dialect == Dialect::gemini ? gemini_path(exchange.request().path()) : std::string();
  if (dialect != Dialect::gemini) body = with_some_model(*body);
  const Result<chat::Request> request =
      dialect::codec_for(dialect).decode_request({.path = path, .body = *body});
  if (request) tokens = estimate_tokens(*request);
  co_return co_await exchange.reply_json(200, answer_of(dialect, tokens));
}

}  // namespace omni::pipeline
