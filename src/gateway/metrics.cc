// Every family is written, also where it has no sample: so the page that explains them can be held
// to what is written here.

#include "gateway/metrics.h"

#include "base/dollars.h"
#include "base/strings.h"
#include "meter/process.h"
#include "meter/watch.h"

namespace omni::gateway {
namespace {

using meter::Exposition;
using meter::Traffic;
using Type = Exposition::Type;

template <std::integral Number>
double number(Number value) {
  return static_cast<double>(value);
}

/// Calls with each outcome that there was, and its name.
template <class Use>
void for_each_outcome(const Traffic::Outcomes& outcomes, const Use& use) {
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes.at(i) > 0) use(meter::outcome_names.at(i), number(outcomes.at(i)));
  }
}

template <class Use>
void for_each_model(const Traffic::Totals& totals, const Use& use) {
  for (const auto& [provider, of_provider] : totals.providers) {
    for (const auto& [model, of_model] : of_provider.models) use(provider, model, of_model);
  }
}

void write_request_counts(Exposition& out, const Traffic::Totals& totals) {
  out.family("omniroute_requests_total", Type::counter,
             "Requests that are over, by who was asked last, the client's dialect and status.");
  for_each_model(totals, [&](const auto& provider, const auto& model, const auto& of_model) {
    for (const chat::Dialect dialect : chat::all_dialects) {
      for_each_outcome(of_model.requests.at(static_cast<std::size_t>(dialect)),
                       [&](std::string_view status, double count) {
                         out.sample({{"provider", provider},
                                     {"model", model},
                                     {"dialect", name_of(dialect)},
                                     {"status", status}},
                                    count);
                       });
    }
  });
}

void write_attempts(Exposition& out, const Traffic::Totals& totals) {
  out.family("omniroute_attempts_total", Type::counter,
             "Calls of providers, by what came of them.");
  for (const auto& [provider, of_provider] : totals.providers) {
    for_each_outcome(of_provider.attempts, [&](std::string_view status, double count) {
      out.sample({{"provider", provider}, {"status", status}}, count);
    });
  }
  out.family("omniroute_attempt_duration_seconds", Type::histogram, "How long calls took.");
  for (const auto& [provider, of_provider] : totals.providers) {
    out.spread({{"provider", provider}}, of_provider.latency);
  }
  out.family("omniroute_first_token_seconds", Type::histogram,
             "How long calls took until the first word of their answers.");
  for (const auto& [provider, of_provider] : totals.providers) {
    out.spread({{"provider", provider}}, of_provider.first_word);
  }
}

void write_use(Exposition& out, const Traffic::Totals& totals) {
  using Tokens = store::UsageRow::Tokens;
  struct Kind {
    std::string_view name;
    std::int64_t Tokens::*count;
  };
  constexpr std::array<Kind, 5> kinds{{{"input", &Tokens::input},
                                       {"output", &Tokens::output},
                                       {"cache_read", &Tokens::cache_read},
                                       {"cache_write", &Tokens::cache_creation},
                                       {"reasoning", &Tokens::reasoning}}};
  out.family(
      "omniroute_tokens_total", Type::counter,
      "Tokens; input holds those read from and written to caches, output those of thoughts.");
  for_each_model(totals, [&](const auto& provider, const auto& model, const auto& of_model) {
    for (const Kind& kind : kinds) {
      const std::int64_t count = of_model.tokens.*kind.count;
      if (count == 0) continue;
      out.sample({{"provider", provider}, {"model", model}, {"kind", kind.name}}, number(count));
    }
  });
  out.family("omniroute_cost_dollars_total", Type::counter, "What answers have cost.");
  for_each_model(totals, [&](const auto& provider, const auto& model, const auto& of_model) {
    if (of_model.cost_nano == 0) return;
    out.sample({{"provider", provider}, {"model", model}}, dollars(of_model.cost_nano));
  });
}

void write_process(Exposition& out) {
  const meter::ProcessUse use = meter::process_use();
  out.family("process_cpu_seconds_total", Type::counter, "Time of the processor.")
      .sample(use.cpu_seconds);
  out.family("process_resident_memory_bytes", Type::gauge, "Memory.")
      .sample(number(use.resident_bytes));
  out.family("process_start_time_seconds", Type::gauge, "When it started, since 1970.")
      .sample(use.started);
  out.family("process_open_fds", Type::gauge, "Descriptors.").sample(number(use.descriptors));
  out.family("process_max_fds", Type::gauge, "How many there may be.")
      .sample(number(use.descriptors_max));
}

}  // namespace

net::Route Metrics::row() {
  return {
      net::Method::get, "/metrics", net::Role::read, "The gateway's numbers, for Prometheus", {}};
}

net::Route Metrics::route() {
  net::Route route = row();
  route.handler = [this](net::Exchange& exchange) {
    net::OutFields fields;
    fields.add("content-type", Exposition::media_type);
    return exchange.reply(200, std::move(fields), page());
  };
  return route;
}

std::string Metrics::page() const {
  std::string text;
  Exposition out(text);
  out.family("omniroute_build_info", Type::gauge, "1, with the version as a label.")
      .sample({{"version", OMNI_VERSION}}, 1);
  write_requests(out, parts_.watch.traffic.totals());
  write_memory(out);
  write_budgets(out);
  write_providers(out);
  write_process(out);
  return text;
}

void Metrics::write_requests(Exposition& out, const Traffic::Totals& totals) const {
  write_request_counts(out, totals);
  out.family("omniroute_request_duration_seconds", Type::histogram, "How long requests took.")
      .spread({}, totals.latency);
  out.family("omniroute_requests_in_flight", Type::gauge, "Requests on their way.")
      .sample(number(parts_.watch.traffic.in_flight()));
  write_attempts(out, totals);
  write_use(out, totals);
}

/// What is remembered of answers, and what waits to be stored.
void Metrics::write_memory(Exposition& out) const {
  struct Kind {
    std::string_view name;
    recall::Answers::Counts counts;
  };
  const std::array<Kind, 2> kinds{
      {{"question", parts_.recall.cache.counts()}, {"repeat", parts_.recall.repeats.counts()}}};
  out.family("omniroute_cache_hits_total", Type::counter, "Answers that were told again.");
  for (const Kind& kind : kinds) out.sample({{"kind", kind.name}}, number(kind.counts.hits));
  out.family("omniroute_cache_misses_total", Type::counter, "Answers that were not remembered.");
  for (const Kind& kind : kinds) out.sample({{"kind", kind.name}}, number(kind.counts.misses));
  out.family("omniroute_cache_entries", Type::gauge, "Answers that are remembered.");
  for (const Kind& kind : kinds) out.sample({{"kind", kind.name}}, number(kind.counts.entries));
  const store::UsageLog::Counts rows = parts_.usage.counts();
  out.family("omniroute_usage_rows_waiting", Type::gauge, "Rows of usage that are not stored yet.")
      .sample(number(rows.waiting));
  out.family("omniroute_usage_rows_lost_total", Type::counter,
             "Rows of usage that came while no more could be kept.")
      .sample(number(rows.refused));
}

void Metrics::write_budgets(Exposition& out) const {
  const auto view = parts_.views.current();
  const std::vector<store::Budget>& budgets = view->directory.configuration().budgets;
  out.family("omniroute_budget_spent_dollars", Type::gauge, "Spent of a budget in its period.");
  for (const store::Budget& budget : budgets) {
    const auto state = parts_.budgets.state_of(budget.scope);
    if (state) out.sample({{"scope", budget.scope}}, dollars(state->spent_nano));
  }
  out.family("omniroute_budget_limit_dollars", Type::gauge, "What may be spent of it.");
  for (const store::Budget& budget : budgets) {
    if (budget.limit_nano()) out.sample({{"scope", budget.scope}}, dollars(*budget.limit_nano()));
  }
}

void Metrics::write_providers(Exposition& out) const {
  out.family("omniroute_breaker_state", Type::gauge,
             "Of providers that have failed of late: 0 closed, 1 open, 2 half open.");
  for (const account::Breakers::Shown& shown : parts_.breakers.all()) {
    out.sample({{"provider", shown.row.provider}, {"model", shown.model}},
               number(static_cast<int>(shown.row.state)));
  }
  out.family("omniroute_accounts_resting", Type::gauge, "Accounts that are left alone for now.")
      .sample(number(parts_.accounts.rests().size()));
}

}  // namespace omni::gateway
