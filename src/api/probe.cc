// Plain facts in, one judgement out: what a provider answered, or that it did not.

#include "api/probe.h"

#include <algorithm>
#include <array>

#include "account/refresher.h"
#include "api/connection_members.h"
#include "base/redact.h"
#include "base/strings.h"
#include "json/or_null.h"
#include "json/scratch_reader.h"

namespace omni::api {
namespace {

using store::Connection;

constexpr std::size_t words_bytes_max = 300;

/// What an account is found to be after an answer of that status.
struct Finding {
  int from, to;
  std::string_view type, test_status, words;
};
constexpr std::array findings{
    Finding{401, 401, "upstream_auth_error", "error", "Invalid API key"},
    Finding{402, 402, "upstream_error", "credits_exhausted", "There is no credit left"},
    Finding{403, 403, "upstream_auth_error", "error", "The provider denies access"},
    Finding{500, 599, "upstream_unavailable", "unavailable", "The provider is not available"},
    Finding{0, 999, "upstream_error", "error", "The provider refused the request"},
};

Probe failed(std::string_view type, std::string_view source, std::string words) {
  Probe probe;
  probe.type = type;
  probe.source = source;
  probe.error = std::move(words);
  probe.test_status = "error";
  return probe;
}

/// What the tokens of a log-in say.  One that is over says nothing of an account that gets new
/// ones.
std::optional<Probe> judge_tokens(const Connection& connection, Clock::Wall now) {
  const auto found = [](std::string_view test_status, std::string_view type, std::string words) {
    Probe probe = failed(type, "oauth", std::move(words));
    probe.test_status = test_status;
    return probe;
  };
  if (connection.must_log_in()) {
    return found("expired", store::reauth_required, "The account has to be logged in again");
  }
  const bool has_none = connection.access_token.empty();
  const bool is_over =
      has_none || (connection.token_expires_at && *connection.token_expires_at <= now);
  if (!is_over) return std::nullopt;
  if (account::Refresher::is_renewable(connection)) {
    return found("unknown", "token_expired",
                 "The account's token is over: its next request gets a new one");
  }
  if (has_none) {
    return found("error", store::reauth_required, "The account has to be connected again");
  }
  return found("expired", "token_expired", "The account's token has expired");
}

/// What needs no question: the account cannot be used as it is.
std::optional<Probe> judge_unasked(const Connection& connection, const KnownProvider& provider,
                                   Clock::Wall now) {
  if (!provider) return failed("unsupported", "local", "There is no such provider any more");
  if (connection.auth_type == "oauth") return judge_tokens(connection, now);
  if (provider.needs_key() && connection.api_key.empty()) {
    return failed("auth_missing", "local", "API key is required");
  }
  return std::nullopt;
}

Probe judge_silence(const Error& why) {
  switch (why.kind()) {
    case Error::Kind::forbidden: {
      Probe probe = failed("validation_error", "local", why.message());
      probe.forbidden = true;
      return probe;
    }
    case Error::Kind::bad_request:
      return failed("validation_error", "local", why.message());
    case Error::Kind::internal:
      return failed("runtime_error", "runtime", why.message());
    default: {
      Probe probe = failed("network_error", "upstream", why.message());
      probe.test_status = "unavailable";
      return probe;
    }
  }
}

Probe judge_answer(const ProbeAnswer& answer, const Connection& connection) {
  Probe probe;
  probe.http = answer.status;
  probe.valid = answer.status >= 200 && answer.status < 300;
  if (probe.valid) {
    probe.text = answer.text;
    return probe;
  }
  probe.code = std::to_string(answer.status);
  const std::string words = words_of(answer, connection);
  if (answer.status == 429) {
    probe.valid = true;
    probe.type = "upstream_rate_limited";
    probe.warning = "The key is good, and its limits are reached for now";
    return probe;
  }
  const Finding& finding = *std::ranges::find_if(findings, [&](const Finding& each) {
    return answer.status >= each.from && answer.status <= each.to;
  });
  probe.type = finding.type;
  probe.test_status = finding.test_status;
  probe.error = finding.words;
  if (!words.empty()) probe.error.append(": ").append(words);
  return probe;
}

/// Whether there is no list at that address, which says nothing about the account.
bool has_no_list(const Result<ProbeAnswer>& answer) {
  return answer && (answer->status == 404 || answer->status == 405 || answer->status == 501);
}

/// The model to test with where nobody names one.
std::string usual_model(const Connection& connection, const KnownProvider& provider) {
  if (!connection.default_model.empty() || provider.listed() == nullptr) {
    return connection.default_model;
  }
  for (const catalog::Model& model : provider.listed()->models) {
    if (model.kind == catalog::Model::Kind::chat && !model.deprecated) return model.id;
  }
  return {};
}

struct Question {
  std::string_view method;
  Result<ProbeAnswer> answer = ProbeAnswer{};
};

net::Task<Question> ask_provider(Prober& prober, ProbeSubject subject, KnownProvider provider,
                                 std::string model) {
  const std::string path(provider.models_path());
  const std::string usual = usual_model(subject.connection, provider);
  if (model.empty() && !path.empty()) {
    Question listed{"models", co_await prober.list_models(subject, path)};
    if (!has_no_list(listed.answer) || usual.empty()) co_return listed;
  }
  if (model.empty()) model = usual;
  if (model.empty()) {
    co_return Question{
        "", Error(Error::Kind::bad_request, "The provider lists no models: name one to test with")};
  }
  co_return Question{"chat", co_await prober.ask_one_token(std::move(subject), std::move(model))};
}

}  // namespace

std::string words_of(const ProbeAnswer& answer, const Connection& connection) {
  const json::ScratchReader reader;
  const json::Value body = reader->read(answer.body, Error::Kind::upstream);
  std::string words;
  if (body.kind() == json::Kind::object) {
    const json::Value error = body.find("error");
    json::Value message = error.kind() == json::Kind::object ? error.find("message") : error;
    if (!message) message = body.find("message");
    if (message.kind() == json::Kind::text) words = message.text();
  }
  for (const Secret* const secret : {&connection.api_key, &connection.access_token}) {
    hide(*secret, words);
  }
  shorten(words, words_bytes_max);
  return words;
}

std::string flaw_of(const ProbeAnswer& answer, const Connection& connection) {
  if (answer.status >= 200 && answer.status < 300) {
    return answer.silent ? "The model gave neither words nor a tool call nor a thought" : "";
  }
  const bool limited = answer.status == 429;
  std::string flaw =
      limited ? "Rate limited" : "Refused with status " + std::to_string(answer.status);
  if (limited && answer.reset) {
    flaw += " for " +
            std::to_string(std::chrono::ceil<std::chrono::seconds>(*answer.reset).count()) + " s";
  }
  const std::string words = words_of(answer, connection);
  return words.empty() ? flaw : flaw + ": " + words;
}

net::Task<Result<Probe>> probe(Surroundings with, ProbeSubject subject, KnownProvider provider,
                               std::string model) {
  const Connection connection = subject.connection;
  const Clock::Wall now = with.clock.wall();
  std::optional<Probe> found = judge_unasked(connection, provider, now);
  if (!found) {
    const Clock::Steady asked = with.clock.steady();
    const Question question =
        co_await ask_provider(with.prober, std::move(subject), provider, std::move(model));
    const Result<ProbeAnswer>& answer = question.answer;
    if (!answer && answer.error().kind() == Error::Kind::cancelled) co_return answer.error();
    found = answer ? judge_answer(*answer, connection) : judge_silence(answer.error());
    found->method = question.method;
    if (answer && question.method == "chat") found->flaw = flaw_of(*answer, connection);
    if (found->valid && answer->status < 300 && question.method == "models") {
      found->listed = read_model_list(answer->body);
    }
    found->latency = std::chrono::duration_cast<Millis>(with.clock.steady() - asked);
  }
  found->tested_at = now;
  co_return *std::move(found);
}

void write_probe(json::Writer& writer, const Probe& probe) {
  const auto text_or_null = [&](std::string_view name, std::string_view text) {
    write_text_or_null(writer.key(name), text);
  };
  writer.key("valid").boolean(probe.valid);
  text_or_null("error", probe.error);
  text_or_null("warning", probe.warning);
  writer.key("refreshed").boolean(false).key("diagnosis").begin_object();
  writer.key("type").text(probe.type).key("source").text(probe.source);
  text_or_null("message", probe.error.empty() ? probe.warning : probe.error);
  text_or_null("code", probe.code);
  writer.end_object().key("latencyMs").integer(probe.latency.count()).key("statusCode");
  if (probe.http) {
    writer.integer(*probe.http);
  } else {
    writer.null();
  }
  writer.key("runtime").null().key("testedAt").text(iso8601(probe.tested_at));
}

net::Task<Status> note_probe(Surroundings with, Connection tested, Probe found) {
  const auto work = [tested = std::move(tested), found = std::move(found),
                     &sealer = with.store.sealer()](sql::Session& session) -> Status {
    Result<Connection> now = store::load_connection(session, sealer, tested.id);
    if (!now) return now.error();
    if (!(now->api_key == tested.api_key && now->access_token == tested.access_token)) {
      return Nothing{};
    }
    if (found.valid) forget_errors(*now);
    now->test_status = found.test_status;
    now->last_tested_at = found.tested_at;
    if (!found.valid) {
      now->last_error = found.error;
      now->last_error_at = found.tested_at;
      now->last_error_type = found.type;
      now->last_error_source = found.source;
      now->error_code = found.code;
    }
    return store::update_connection(session, sealer, *now);
  };
  co_return co_await write_to(with.store.database(), work);
}

}  // namespace omni::api
