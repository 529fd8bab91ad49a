#include "pipeline/record.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "meter/cost.h"
#include "meter/watch.h"

namespace omni::pipeline {
namespace {

/// Who brought nothing is paid nothing, whatever he has counted meanwhile.
bool is_paid(const Attempted& attempted) {
  const account::Verdict& verdict = attempted.verdict;
  return verdict.next == account::Verdict::Next::done || attempted.first_content ||
         verdict.blame == account::Verdict::Blame::client;
}

/// As the W3C writes it: version, trace, span and flags.
bool is_traceparent(std::string_view field) {
  constexpr std::string_view form = "00-00000000000000000000000000000000-0000000000000000-00";
  const auto fits = [](char c, char at) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return at == '-' ? c == '-' : digit;
  };
  return std::ranges::equal(field, form, fits);
}

Trace::Attempt traced(const Attempted& attempted, Millis passed) {
  const account::Account& account = *attempted.account;
  return {
      .provider = attempted.target->provider->shown_id(),
      .model = attempted.target->model_id,
      .connection = account.id(),
      .connection_name = account.connection == nullptr ? "" : account.connection->name,
      .host = attempted.host,
      .dialect = attempted.dialect,
      .byte_lane = attempted.byte_lane,
      .answered = attempted.sent && attempted.heard && !attempted.called_off,
      .verdict = attempted.verdict,
      .began = std::max(Millis{0}, passed - attempted.took),
      .took = attempted.took,
      .first_word = attempted.first_content,
      .usage = attempted.seen.usage.value_or(chat::Usage()),
      .answered_as = attempted.seen.model,
      .finish = attempted.seen.finish,
  };
}

/// All that was waited for, one attempt after the other.
void add_phases(const meter::Phases& phases, meter::Phases& sums) {
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases.at(i)) sums.at(i) = sums.at(i).value_or(meter::Micros{0}) + *phases.at(i);
  }
}

}  // namespace

store::UsageRow::Tokens tokens_of(const chat::Usage& usage) {
  return {.input = usage.input(),
          .output = usage.output(),
          .cache_read = usage.input_cache_read,
          .cache_creation = usage.input_cache_write + usage.input_cache_write_1h,
          .cache_creation_1h = usage.input_cache_write_1h,
          .reasoning = usage.output_reasoning,
          .input_audio = usage.input_audio,
          .output_audio = usage.output_audio};
}

void record(const Parts& parts, const View& view, const Permit& permit, Attempted& attempted) {
  if (std::exchange(attempted.recorded, true)) return;
  const catalog::Target& target = *attempted.target;
  store::UsageRow row;
  row.time = parts.clock.wall();
  row.request_id = attempted.request_id;
  row.provider = target.provider->id;
  row.model = target.model_id;
  row.connection_id = attempted.account->id();
  row.combo = attempted.combo;
  row.api_key_id = permit.key_id();
  row.api_key_name = permit.key_name();
  row.status = attempted.verdict.status;
  row.success = attempted.verdict.next == account::Verdict::Next::done;
  if (!row.success) row.error_code = name_of(attempted.verdict.blame);
  row.latency = attempted.took;
  row.ttft = attempted.first_content;
  row.estimated = attempted.estimated;
  if (attempted.seen.usage && is_paid(attempted)) {
    row.tokens = tokens_of(*attempted.seen.usage);
    permit.use_tokens(row.tokens.input + row.tokens.output);
    const catalog::Price* price = view.directory.price_of(*target.provider, target.model_id);
    if (price != nullptr) {
      const catalog::Rates& rates = meter::rates_for(*price, *attempted.seen.usage, row.time);
      row.cost_nano = meter::cost_of(rates, *attempted.seen.usage);
      row.price = meter::describe(rates);
    }
  }
  if (attempted.sent) {
    parts.watch.traffic.note({.provider = target.provider->shown_id(),
                              .model = row.model,
                              .status = attempted.verdict.status,
                              .took = attempted.took,
                              .first_word = attempted.first_content,
                              .tokens = row.tokens,
                              .cost_nano = row.cost_nano});
  }
  attempted.cost_nano = row.cost_nano;
  meter::Budgets::Spent spent{.nano = row.cost_nano};
  spent.row = parts.usage.append(std::move(row));
  permit.spend(parts.budgets, spent);
}

Trace trace_of(const Parts& parts, const net::Exchange& exchange, const Permit& permit,
               const route::Plan& plan) {
  Trace trace;
  trace.request_id = exchange.id();
  trace.time = parts.clock.wall();
  trace.method = exchange.request().method();
  trace.path = exchange.request().path();
  trace.key_id = permit.key_id();
  trace.key_name = permit.key_name();
  trace.reasons = plan.reasons;
  const std::string_view parent = exchange.request().field("traceparent");
  if (is_traceparent(parent)) trace.traceparent = parent;
  if (plan.combo != nullptr) {
    trace.combo = plan.combo->name;
    trace.strategy = plan.combo->strategy->name;
  }
  return trace;
}

void note_attempt(Attempted& attempted, Millis passed, Trace& trace) {
  // The last one is who answered.
  const auto place = attempted.called_off ? trace.attempts.begin() : trace.attempts.end();
  const Trace::Attempt& attempt = *trace.attempts.insert(place, traced(attempted, passed));
  std::ranges::move(attempted.losses, std::back_inserter(trace.losses));
  if (attempted.called_off) return;
  add_phases(attempted.phases, trace.phases);
  trace.provider = attempt.provider;
  trace.model = attempt.model;
  trace.usage = attempt.usage;
  trace.cost_nano += attempted.cost_nano;
  if (attempted.first_content) {
    trace.first_content = passed - attempted.took + *attempted.first_content;
  }
}

void log_request(const Log& log, const Trace& trace, Millis took) {
  const std::string_view account =
      trace.attempts.empty() ? std::string_view() : trace.attempts.back().connection_name;
  log.info("request", {{"id", trace.request_id},
                       {"dialect", name_of(trace.dialect)},
                       {"model", trace.requested_model},
                       {"combo", trace.combo},
                       {"provider", trace.provider},
                       {"upstream_model", trace.model},
                       {"account", account},
                       {"stream", trace.stream},
                       {"attempts", trace.attempts.size()},
                       {"source", trace.source},
                       {"status", trace.status},
                       {"ms", took.count()}});
}

}  // namespace omni::pipeline
