#include "api/provider_tests.h"

#include <algorithm>
#include <array>

#include "api/connection_members.h"
#include "api/model_import.h"
#include "api/node_members.h"
#include "api/probe_batch.h"
#include "api/provider_formats.h"
#include "base/strings.h"
#include "net/loop.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using store::Connection;
namespace shape = json::shape;

constexpr Millis time_for_a_trial = std::chrono::seconds(20);
constexpr std::string_view took_too_long = "The provider has not answered within 20 seconds";

constexpr json::Shape model = shape::text(0, 240).like(json::format::name);
constexpr json::Shape key = shape::text(0, 10'000).like(format::key).secret();
constexpr json::Shape line = shape::text(0, 500).like(format::field_value);
constexpr json::Shape url = shape::text(0, 2000).like(format::provider_url);
constexpr json::Shape path = shape::text(0, 500).like(format::provider_path).or_null();

constexpr std::array<std::string_view, 11> modes{
    "all",        "provider", "oauth", "apikey", "compatible",    "free",
    "web-cookie", "search",   "audio", "local",  "upstream-proxy"};

constexpr std::array test_members{
    MemberShape{"validationModelId", model, Presence::optional, "A model to ask for a word."}};
constexpr std::array batch_members{
    MemberShape{"mode", shape::choice(modes), Presence::required, "Which accounts."},
    MemberShape{"providerId", shape::text(1, 100).or_null(), Presence::optional,
                "Whose, where the mode is provider."}};
constexpr std::array validate_members{
    MemberShape{"provider", shape::text(1, 100), Presence::required, "Where."},
    MemberShape{"apiKey", key, Presence::optional, "With what key."},
    MemberShape{"validationModelId", model, Presence::optional, "A model to ask for a word."},
    MemberShape{"customUserAgent", line, Presence::optional, "What User-Agent says."},
    MemberShape{"baseUrl", url, Presence::optional, "At which address."},
    MemberShape{"cx", line, Presence::optional, "The search engine of a Google search."}};
constexpr std::array tried_node_members{
    MemberShape{"baseUrl", shape::text(1, 2000).like(format::provider_url), Presence::required,
                "Where it is."},
    MemberShape{"apiKey", key, Presence::optional, "With what key."},
    MemberShape{"type", shape::choice(node_type_names), Presence::optional, "What it speaks."},
    MemberShape{"chatPath", path, Presence::optional, "Where it answers, behind that."},
    MemberShape{"modelsPath", path, Presence::optional, "Where its list of models is."}};
constexpr std::array model_test_members{
    MemberShape{"providerId", shape::text(1, 100), Presence::required, "Whose model."},
    MemberShape{"modelId", shape::text(1, 240).like(json::format::name), Presence::required,
                "Which model."}};

using Category = catalog::Provider::Category;

/// Of the modes of the predecessor, some have no providers here.
bool belongs_to(std::string_view mode, const Connection& connection,
                const KnownProvider& provider) {
  const auto is = [&](Category category) {
    return provider.listed() != nullptr && provider.listed()->category == category;
  };
  if (mode == "oauth" || mode == "apikey") return connection.auth_type == mode;
  if (mode == "compatible") return provider.node() != nullptr;
  if (mode == "free") return is(Category::builtin);
  if (mode == "local") return is(Category::local);
  return mode == "all";
}

void write_row(json::Writer& writer, const Connection& connection, const KnownProvider& provider,
               const Probe& probe) {
  writer.begin_object().key("provider").text(connection.provider);
  if (provider.node() != nullptr) writer.key("prefix").text(provider.prefix());
  writer.key("connectionId").text(connection.id).key("connectionName").text(connection.name);
  writer.key("authType").text(connection.auth_type);
  writer.key("testStatus").text(probe.test_status);
  write_probe(writer, probe);
  writer.end_object();
}

/// Whoever asks too often already is not asked once more.
bool brings_models(const Probe& probe) { return probe.valid && probe.http != 429; }

Error not_supported() { return {Error::Kind::bad_request, "Provider validation not supported"}; }

/// The account that the body describes, as it would be if it were kept.
Result<Connection> tried_connection(json::Value body, const KnownProvider& provider) {
  Connection connection;
  connection.provider = provider.id();
  connection.api_key = Secret(std::string(trim(body.find("apiKey").text())));
  std::string text;
  json::Writer data(text);
  data.begin_object();
  for (const std::string_view name : {"customUserAgent", "baseUrl", "cx"}) {
    const std::string_view value = body.find(name).text();
    if (!value.empty()) data.key(name).text(value);
  }
  data.end_object();
  json::Reader reader;
  if (Status merged = merge_connection_data(connection, reader.read(text), provider); !merged) {
    return merged.error();
  }
  if (Status whole = check_connection_data(connection, provider); !whole) return whole.error();
  return connection;
}

ProbeSubject subject_of(Connection connection, const KnownProvider& provider) {
  ProbeSubject subject{std::move(connection), std::nullopt};
  if (provider.node() != nullptr) subject.node = *provider.node();
  return subject;
}

}  // namespace

std::vector<Route> ProviderTests::routes() {
  using net::Method;
  using net::Role;
  return {{.method = Method::post,
           .pattern = "/api/providers/{id}/test",
           .role = Role::write,
           .summary = "Tests an account and keeps what was found with it",
           .handler = handler<&ProviderTests::test>(this),
           .body = shape::object(test_members),
           .outcomes = {{200, "What was found"}, {404, "There is no such account"}},
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/providers/test-batch",
           .role = Role::write,
           .summary = "Tests several accounts, five at a time",
           .handler = handler<&ProviderTests::test_batch>(this),
           .body = shape::object(batch_members),
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/providers/validate",
           .role = Role::write,
           .summary = "Tests a key without keeping it",
           .handler = handler<&ProviderTests::validate>(this),
           .body = shape::object(validate_members),
           .outcomes = {{200, "What was found"},
                        {400, "It cannot be tested"},
                        {403, "That address may not be called"}},
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/provider-nodes/validate",
           .role = Role::write,
           .summary = "Tests an address of a provider of a user's own without keeping it",
           .handler = handler<&ProviderTests::validate_node>(this),
           .body = shape::object(tried_node_members),
           .outcomes = {{200, "What was found"}, {403, "That address may not be called"}},
           .errors = ErrorForm::text,
           .answer = an_object},
          {.method = Method::post,
           .pattern = "/api/models/test",
           .role = Role::write,
           .summary = "Asks a model for a word",
           .handler = handler<&ProviderTests::test_model>(this),
           .body = shape::object(model_test_members),
           .outcomes = {{200, "What was found"}, {404, "There is no account to ask with"}},
           .errors = ErrorForm::text,
           .answer = an_object}};
}

net::Task<Status> ProviderTests::test(net::Exchange& exchange, Arguments arguments) {
  const Snapshot now = with_.store.current();
  const Connection* const found = find_connection(*now, exchange.param("id"));
  if (found == nullptr) co_return Error(Error::Kind::not_found, "Connection not found");
  std::string wanted(arguments.body.find("validationModelId").text());
  const Result<Probe> probed = co_await probe_and_note(with_, now, *found, std::move(wanted));
  if (!probed) co_return probed.error();
  co_await import_of(exchange, *found, *probed);
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_probe(writer, *probed);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<> ProviderTests::import_of(const net::Exchange& exchange, const Connection& connection,
                                     const Probe& probe) {
  if (!brings_models(probe)) co_return;
  co_await import_models(with_, changes_, changes_.entry(exchange, "model.imported"), connection.id,
                         probe.listed);
}

net::Task<Status> ProviderTests::test_batch(net::Exchange& exchange, Arguments arguments) {
  const Snapshot now = with_.store.current();
  const std::string_view mode = arguments.body.at("mode").text();
  const json::Value asked = arguments.body.find("providerId");
  if (mode == "provider" && !asked) {
    co_return Error(Error::Kind::bad_request, "providerId is required");
  }
  const KnownProvider whose = find_provider(with_.catalog, *now, asked.text());
  std::vector<const Connection*> chosen;
  for (const Connection& connection : now->connections) {
    const KnownProvider provider = find_provider(with_.catalog, *now, connection.provider);
    const bool wanted = mode == "provider" ? whose && connection.provider == whose.id()
                                           : belongs_to(mode, connection, provider);
    if (wanted && connection.active) chosen.push_back(&connection);
  }
  const Result<std::vector<Probe>> found = co_await probe_all(
      with_, now, chosen, [this, &exchange](const Connection& connection, const Probe& probe) {
        return import_of(exchange, connection, probe);
      });
  if (!found) co_return found.error();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("mode").text(mode).key("providerId");
  if (asked) {
    writer.text(asked.text());
  } else {
    writer.null();
  }
  writer.key("results").begin_array();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const KnownProvider provider = find_provider(with_.catalog, *now, chosen[i]->provider);
    write_row(writer, *chosen[i], provider, (*found)[i]);
  }
  const auto passed = std::ranges::count(*found, true, &Probe::valid);
  const auto total = static_cast<std::int64_t>(found->size());
  writer.end_array().key("testedAt").text(iso8601(with_.clock.wall()));
  writer.key("summary").begin_object().key("total").integer(total);
  writer.key("passed").integer(passed).key("failed").integer(total - passed);
  writer.end_object().end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderTests::answer_trial(net::Exchange& exchange, Result<Probe> found) {
  if (!found) co_return found.error();
  if (found->forbidden) {
    store::AuditEntry entry = changes_.entry(exchange, "provider.validation.ssrf_blocked");
    entry.resource_type = "provider";
    entry.status = "failed";
    if (Status noted = co_await changes_.note(std::move(entry)); !noted) co_return noted;
    co_return Error(Error::Kind::forbidden, found->error);
  }
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  write_probe(writer, *found);
  writer.key("method");
  if (found->method.empty()) {
    writer.null();
  } else {
    writer.text(found->method);
  }
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> ProviderTests::validate(net::Exchange& exchange, Arguments arguments) {
  const Snapshot now = with_.store.current();
  const std::string_view asked = arguments.body.at("provider").text();
  const KnownProvider provider = find_provider(with_.catalog, *now, asked);
  if (!provider && asked.find("-compatible-") != asked.npos) {
    co_return Error(Error::Kind::not_found, "OpenAI Compatible node not found");
  }
  if (!provider || !provider.takes_connections()) co_return not_supported();
  Result<Connection> tried = tried_connection(arguments.body, provider);
  if (!tried) co_return tried.error();
  std::string wanted(arguments.body.find("validationModelId").text());
  Result<Probe> found = co_await net::within(
      time_for_a_trial, std::string(took_too_long),
      probe(with_, subject_of(*std::move(tried), provider), provider, std::move(wanted)));
  co_return co_await answer_trial(exchange, std::move(found));
}

net::Task<Status> ProviderTests::validate_node(net::Exchange& exchange, Arguments arguments) {
  const json::Value body = arguments.body;
  Result<store::ProviderNode> node = new_node(body, "trial");
  if (!node) co_return node.error();
  Connection connection;
  connection.provider = node->id;
  connection.api_key = Secret(std::string(trim(body.find("apiKey").text())));
  const KnownProvider provider(*node);
  Result<Probe> found =
      co_await net::within(time_for_a_trial, std::string(took_too_long),
                           probe(with_, subject_of(std::move(connection), provider), provider, ""));
  co_return co_await answer_trial(exchange, std::move(found));
}

net::Task<Status> ProviderTests::test_model(net::Exchange& exchange, Arguments arguments) {
  const Snapshot now = with_.store.current();
  const KnownProvider provider =
      find_provider(with_.catalog, *now, arguments.body.at("providerId").text());
  if (!provider) co_return Error(Error::Kind::not_found, "Provider not found");
  const auto usable = std::ranges::find_if(now->connections, [&](const Connection& connection) {
    return connection.active && connection.provider == provider.id();
  });
  if (usable == now->connections.end() && !is_available(*now, provider)) {
    co_return Error(Error::Kind::not_found, "No active connection for this provider");
  }
  Connection connection = usable == now->connections.end() ? Connection() : *usable;
  connection.provider = provider.id();
  const Result<Probe> found =
      co_await net::within(time_for_a_trial, std::string(took_too_long),
                           probe(with_, subject_of(std::move(connection), provider), provider,
                                 std::string(arguments.body.at("modelId").text())));
  if (!found) co_return found.error();
  std::string body;
  json::Writer writer(body);
  const std::string& flaw = found->valid ? found->flaw : found->error;
  writer.begin_object().key("status").text(flaw.empty() ? "ok" : "error");
  writer.key("latencyMs").integer(found->latency.count());
  writer.key(flaw.empty() ? "responseText" : "error");
  writer.text(flaw.empty() ? found->text : flaw).end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

}  // namespace omni::api
