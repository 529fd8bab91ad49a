#include "api/pricing.h"

#include <algorithm>
#include <array>
#include <map>

#include "api/known_providers.h"
#include "api/price_members.h"
#include "json/scratch_reader.h"

namespace omni::api {
namespace {

using catalog::Price;
using json::MemberShape;
using json::Presence;
using store::UserPrice;
namespace shape = json::shape;

constexpr std::size_t models_max = 10'000;
constexpr std::size_t model_bytes_max = 256;

constexpr std::array show_query{MemberShape{"includeSources", shape::boolean(), Presence::optional,
                                            "Who says so goes with them."}};
constexpr std::array remove_query{
    MemberShape{"provider", shape::text(1, 120), Presence::optional, "Those of this provider."},
    MemberShape{"model", shape::text(1, model_bytes_max), Presence::optional,
                "Those of this model."}};

/// Prices by what stands before models' names, and by model.
struct Sourced {
  Price price;
  std::string_view source;
};
using Prices = std::map<std::string, std::map<std::string, Sourced, std::less<>>, std::less<>>;

void add_defaults(Prices& prices, const catalog::Catalog& catalog) {
  for (const catalog::Provider& provider : catalog.providers()) {
    for (const catalog::Model& model : provider.models) {
      if (model.price) prices[provider.prefix()][model.id] = {*model.price, "default"};
    }
  }
}

Price price_of(const UserPrice& set) {
  Price price;
  const json::ScratchReader reader;
  // What does not fit any more is left out.
  (void)read_price(reader->read(set.price.text()), price);
  return price;
}

void add_overrides(Prices& prices, const catalog::Catalog& catalog,
                   const store::Configuration& now) {
  for (const UserPrice& price : now.user_prices) {
    const KnownProvider provider = find_provider(catalog, now, price.provider);
    const std::string prefix(provider ? provider.prefix() : std::string_view(price.provider));
    prices[prefix][price.model] = {price_of(price), "user"};
  }
}

void write_prices(json::Writer& writer, const Prices& prices) {
  writer.begin_object();
  for (const auto& [provider, models] : prices) {
    writer.key(provider).begin_object();
    for (const auto& [model, price] : models) write_price(writer.key(model), price.price);
    writer.end_object();
  }
  writer.end_object();
}

void write_sources(json::Writer& writer, const Prices& prices) {
  writer.begin_object();
  for (const auto& [provider, models] : prices) {
    writer.key(provider).begin_object();
    for (const auto& [model, price] : models) writer.key(model).text(price.source);
    writer.end_object();
  }
  writer.end_object();
}

net::Task<Status> answer_prices(net::Exchange& exchange, const Prices& prices) {
  std::string body;
  json::Writer writer(body);
  write_prices(writer, prices);
  co_return co_await exchange.reply_json(200, std::move(body));
}

/// What a user's price is laid over, so that it is whole: what he has said before, or the
/// catalogue.
Price price_before(const std::vector<UserPrice>& set, const KnownProvider& provider,
                   std::string_view model) {
  for (const UserPrice& price : set) {
    if (price.provider == provider.id() && price.model == model) return price_of(price);
  }
  const catalog::Model* const listed = provider.find_model(model);
  return listed != nullptr && listed->price ? *listed->price : Price();
}

Error refused(std::string_view place, std::string_view why) {
  return {Error::Kind::bad_request, std::string(place).append(why)};
}

/// Puts what a provider's models are to cost behind the others.
Status read_prices_of(json::Value models, const std::vector<UserPrice>& set,
                      const KnownProvider& provider, std::vector<UserPrice>& prices) {
  for (const auto [model, value] : models.members()) {
    const std::string place = std::string(provider.prefix()) + "." + std::string(model);
    if (model.empty() || model.size() > model_bytes_max || prices.size() == models_max) {
      return refused(place, ": there cannot be such a price");
    }
    Price price = price_before(set, provider, model);
    if (Status read = read_price(value, price); !read) {
      return refused(place + ".", read.error().message());
    }
    prices.push_back({std::string(provider.id()), std::string(model), stored_price(price)});
  }
  return Nothing{};
}

Result<std::vector<UserPrice>> read_prices(json::Value body, const catalog::Catalog& catalog,
                                           const store::Configuration& now,
                                           const std::vector<UserPrice>& set) {
  std::vector<UserPrice> prices;
  for (const auto [name, models] : body.members()) {
    const KnownProvider provider = find_provider(catalog, now, name);
    if (!provider) return refused(name, ": there is no such provider");
    if (models.kind() != json::Kind::object) return refused(name, ": must be an object");
    if (Status read = read_prices_of(models, set, provider, prices); !read) return read.error();
  }
  return prices;
}

}  // namespace

std::vector<Route> Pricing::routes() {
  using net::Method;
  using net::Role;
  std::vector<Route> rows{{.method = Method::get,
                           .pattern = "/api/pricing",
                           .role = Role::read,
                           .summary = "What models cost, in dollars for a million tokens",
                           .handler = handler<&Pricing::show>(this),
                           .query = show_query,
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::get,
                           .pattern = "/api/pricing/defaults",
                           .role = Role::read,
                           .summary = "What the catalogue says that they cost",
                           .handler = handler<&Pricing::show_defaults>(this),
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::get,
                           .pattern = "/api/pricing/models",
                           .role = Role::read,
                           .summary = "Models that a price can be set for",
                           .handler = handler<&Pricing::show_models>(this),
                           .errors = ErrorForm::text,
                           .answer = an_object},
                          {.method = Method::delete_,
                           .pattern = "/api/pricing",
                           .role = Role::write,
                           .summary = "Forgets prices that were set",
                           .handler = handler<&Pricing::remove>(this),
                           .query = remove_query,
                           .errors = ErrorForm::text,
                           .answer = an_object}};
  for (const Method method : {Method::patch, Method::post, Method::put}) {
    rows.push_back({.method = method,
                    .pattern = "/api/pricing",
                    .role = Role::write,
                    .summary = "Sets prices: of providers of models of kinds of tokens",
                    .handler = handler<&Pricing::change>(this),
                    .body = an_object,
                    .outcomes = {{200, "All prices that were set"}},
                    .errors = ErrorForm::text,
                    .answer = an_object});
  }
  return rows;
}

net::Task<Status> Pricing::show(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  Prices prices;
  add_defaults(prices, with_.catalog);
  add_overrides(prices, with_.catalog, *now);
  if (!arguments.query.find("includeSources").boolean()) {
    co_return co_await answer_prices(exchange, prices);
  }
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("pricing");
  write_prices(writer, prices);
  write_sources(writer.key("sourceMap"), prices);
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Pricing::show_defaults(net::Exchange& exchange, Arguments) {
  Prices prices;
  add_defaults(prices, with_.catalog);
  co_return co_await answer_prices(exchange, prices);
}

net::Task<Status> Pricing::answer_overrides(net::Exchange& exchange) {
  Prices prices;
  add_overrides(prices, with_.catalog, *with_.store.current());
  co_return co_await answer_prices(exchange, prices);
}

net::Task<Status> Pricing::show_models(net::Exchange& exchange, Arguments) {
  const auto now = with_.store.current();
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  const auto write = [&](const KnownProvider& provider) {
    writer.key(provider.prefix()).begin_object().key("id").text(provider.id());
    writer.key("alias").text(provider.prefix()).key("name").text(provider.name());
    writer.key("models").begin_array();
    if (provider.listed() != nullptr) {
      for (const catalog::Model& model : provider.listed()->models) {
        writer.begin_object().key("id").text(model.id).key("name").text(model.name);
        writer.key("custom").boolean(false).end_object();
      }
    }
    for (const store::CustomModel& model : now->custom_models) {
      if (model.provider != provider.id()) continue;
      writer.begin_object().key("id").text(model.id).key("name").text(model.name);
      writer.key("custom").boolean(true).end_object();
    }
    writer.end_array().end_object();
  };
  for (const catalog::Provider& provider : with_.catalog.providers()) {
    write(KnownProvider(provider));
  }
  for (const store::ProviderNode& node : now->provider_nodes) write(KnownProvider(node));
  writer.end_object();
  co_return co_await exchange.reply_json(200, std::move(body));
}

net::Task<Status> Pricing::change(net::Exchange& exchange, Arguments arguments) {
  store::AuditEntry entry = changes_.entry(exchange, "pricing.updated");
  entry.resource_type = "pricing";
  entry.details = arguments.body.raw();
  const auto work = [text = std::string(arguments.body.slice()), now = with_.store.current(),
                     &catalog = with_.catalog](sql::Session& session,
                                               store::AuditEntry&) -> Status {
    json::Reader reader;
    const auto set = store::load_user_prices(session);
    if (!set) return set.error();
    const auto prices = read_prices(reader.read(text), catalog, *now, *set);
    if (!prices) return prices.error();
    for (const UserPrice& price : *prices) {
      if (Status put = store::put_user_price(session, price); !put) return put;
    }
    return Nothing{};
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  co_return co_await answer_overrides(exchange);
}

net::Task<Status> Pricing::remove(net::Exchange& exchange, Arguments arguments) {
  const auto now = with_.store.current();
  const std::string model(arguments.query.find("model").text());
  std::string whose(arguments.query.find("provider").text());
  if (model.empty() && whose.empty()) {
    co_return Error(Error::Kind::bad_request, "provider or model is required");
  }
  if (const KnownProvider known = find_provider(with_.catalog, *now, whose)) whose = known.id();
  store::AuditEntry entry = changes_.entry(exchange, "pricing.removed");
  entry.resource_type = "pricing";
  entry.target = whose + "/" + model;
  const auto work = [whose, model](sql::Session& session, store::AuditEntry&) {
    return store::delete_user_prices(session, whose, model);
  };
  Status done = co_await changes_.make(std::move(entry), work);
  if (!done) co_return done;
  co_return co_await answer_overrides(exchange);
}

}  // namespace omni::api
