#include "gateway/mock/mock_service.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/strings.h"
#include "chat/failure.h"
#include "dialect/codec.h"
#include "gateway/mock/strict.h"
#include "json/writer.h"
#include "net/loop.h"
#include "upstream/special/demo.h"

namespace omni::gateway::mock {
namespace {

using chat::Dialect;
using upstream::error_answer;
using upstream::Played;

constexpr std::uint64_t body_bytes_max = std::uint64_t{64} << 20;

net::Task<Status> pause(Millis duration) {
  if (duration <= Millis{0}) co_return Nothing{};
  co_return co_await net::sleep(duration);
}

/// What has no head yet ends as it began; what broke off is broken off here too.
net::Task<Status> perform_on(net::Exchange& exchange, Played played) {
  Status going = co_await pause(played.head_pause);
  if (!going) co_return going;
  net::OutFields fields;
  for (const auto& [name, value] : played.fields) fields.add(name, value);
  const bool whole = played.end == Played::End::whole && played.pieces.size() <= 1;
  if (whole) {
    std::string body = played.pieces.empty() ? "" : std::move(played.pieces.front().bytes);
    co_return co_await exchange.reply(played.status, std::move(fields), std::move(body));
  }
  going = exchange.begin(played.status, fields);
  if (going) going = co_await exchange.flush();
  for (const Played::Piece& piece : played.pieces) {
    if (going) going = co_await pause(piece.pause);
    if (going) going = co_await exchange.write(piece.bytes);
  }
  if (!going) co_return going;
  if (played.end == Played::End::whole) co_return co_await exchange.finish();
  if (played.end == Played::End::silent) co_return co_await net::sleep(net::forever);
  co_return Error(Error::Kind::upstream, "the script breaks the answer off");
}

bool is_json(const net::RequestHead& request) {
  const std::string type = to_lower(request.field("content-type"));
  return trim(std::string_view(type).substr(0, type.find(';'))) == "application/json";
}

/// What Deepgram would write down, of whatever was said.
Played transcript() {
  return Played::json(200, R"({"metadata":{"duration":1.5},"results":{"channels":[)"
                           R"({"detected_language":"en","alternatives":[{"transcript":"Hello",)"
                           R"("words":[{"word":"hello","start":0.5,"end":1}]}]}]}})");
}

/// What is wrong before the body is looked at.
std::optional<Played> refused_by_head(const net::RequestHead& request, const Place& place) {
  if (place.dialect == Dialect::anthropic && request.field("anthropic-version").empty()) {
    return error_answer(place.dialect, 400, "anthropic-version: header is required");
  }
  const bool any_type = place.dialect == Dialect::ollama || place.kind == Place::Kind::list ||
                        place.kind == Place::Kind::recording;
  if (any_type || is_json(request)) return std::nullopt;
  return error_answer(place.dialect, 415,
                      "Unsupported content type: this API takes application/json only.");
}

std::optional<Played> refused_by_body(const net::RequestHead& request, const Place& place,
                                      const std::string& body) {
  json::Reader reader;
  const json::Value root = reader.read(body);
  std::string complaint =
      reader.failed() ? std::string() : complaint_about(place.dialect, {request.target(), root});
  if (Status read = reader.finish(); !read) complaint = read.error().message();
  if (complaint.empty()) return std::nullopt;
  return error_answer(place.dialect, 400, complaint);
}

}  // namespace

net::Task<Status> MockService::handle(net::Exchange& exchange) {
  exchange.set_body_bytes_max(body_bytes_max);
  if (exchange.request().path().starts_with("/mock/")) co_return co_await control(exchange);
  ++answering_;
  Status done = co_await serve(exchange);
  --answering_;
  const bool left = !done && done.error().kind() == Error::Kind::cancelled;
  ++(left ? ended_by_peer_ : answered_);
  co_return done;
}

net::Task<Status> MockService::control(net::Exchange& exchange) {
  const net::RequestHead& request = exchange.request();
  if (request.path() == "/mock/connections" && request.method() == "GET") {
    co_return co_await exchange.reply_json(200, connections());
  }
  if (request.path() == "/mock/requests" && options_.record) {
    if (request.method() == "GET") co_return co_await exchange.reply_json(200, requests_.json());
    if (request.method() == "DELETE") {
      requests_.clear();
      co_return co_await exchange.reply(204, {}, {});
    }
  }
  co_return co_await exchange.reply_error(
      Error(Error::Kind::not_found, "nothing is here; requests are kept with --record alone"));
}

std::string MockService::connections() const {
  const std::size_t open = server_ != nullptr ? server_->connections() : 0;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("open").integer(static_cast<std::int64_t>(open));
  out.key("answering").integer(static_cast<std::int64_t>(answering_));
  out.key("answered").integer(static_cast<std::int64_t>(answered_));
  out.key("ended_by_peer").integer(static_cast<std::int64_t>(ended_by_peer_)).end_object();
  return text;
}

net::Task<Status> MockService::serve(net::Exchange& exchange) {
  const Result<std::string> body = co_await exchange.read_body();
  if (!body) co_return body.error();
  if (options_.record) requests_.note(exchange, *body);
  const std::optional<Place> place = place_of(exchange.request());
  if (!place) {
    co_return co_await exchange.reply_error(
        Error(Error::Kind::not_found, "no provider has this path"));
  }
  co_return co_await perform_on(exchange, answer(exchange.request(), *place, *body));
}

Played MockService::answer(const net::RequestHead& request, const Place& place,
                           const std::string& body) {
  const std::string key = key_of(request, place.dialect);
  const bool known = std::ranges::find(options_.keys, key) != options_.keys.end();
  if (!known && !options_.keys.empty()) {
    return error_answer(place.dialect, 401,
                        key.empty() ? "No API key was shown." : "Incorrect API key provided.");
  }
  if (std::optional<Played> refusal = refused_by_head(request, place)) return *std::move(refusal);
  if (place.kind == Place::Kind::recording) {
    return body.empty() ? error_answer(place.dialect, 400, "There is no recording.") : transcript();
  }
  if (place.kind == Place::Kind::answer || place.kind == Place::Kind::count) {
    std::optional<Played> refusal = refused_by_body(request, place, body);
    if (refusal) return *std::move(refusal);
  }
  return perform(request, place, body);
}

Played MockService::perform(const net::RequestHead& request, const Place& place,
                            const std::string& body) {
  using std::chrono::duration_cast;
  const auto now = duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  upstream::DemoAsk ask{place.dialect, request.target(), body, request.method(), now, {}};
  if (place.kind != Place::Kind::answer) return upstream::demo_answer(ask);
  const Result<chat::Request> decoded =
      dialect::codec_for(place.dialect).decode_request({request.target(), body});
  if (!decoded) return upstream::demo_answer(ask);  // which says so
  const Script::Part* part = options_.script.next(decoded->model, key_of(request, place.dialect));
  if (part == nullptr) {
    return error_answer(
        place.dialect, 404,
        "The model `" + decoded->model + "` does not exist or you do not have access to it.");
  }
  if (part->literal) return *part->literal;
  ask.acts_as = part->acts_as;
  return upstream::demo_answer(ask);
}

}  // namespace omni::gateway::mock
