#include "api/usage_history.h"

namespace omni::api {
namespace {

using store::Series;
using store::Step;
using store::UsageSums;

void write_last_used(json::Writer& writer, const UsageSums& sums) {
  write_time_of(writer.key("lastUsed"), sums, sums.last_at_ms);
}

std::string model_name(const Series& series) { return series.model + " (" + series.provider + ")"; }

void write_providers(json::Writer& writer, const SumsBySeries& all) {
  writer.key("byProvider").begin_object();
  for (const UsageGroup& group : grouped(all, [](const Series& it) { return it.provider; })) {
    write_sums(writer.key(group.name).begin_object(), group.sums);
    writer.end_object();
  }
  writer.end_object();
}

void write_models(json::Writer& writer, const SumsBySeries& all) {
  writer.key("byModel").begin_object();
  for (const UsageGroup& group : grouped(all, model_name)) {
    write_sums(writer.key(group.name).begin_object(), group.sums);
    writer.key("rawModel").text(group.series.model).key("provider").text(group.series.provider);
    write_last_used(writer, group.sums);
    writer.end_object();
  }
  writer.end_object();
}

void write_accounts(json::Writer& writer, const SumsBySeries& all, const UsageQuestion& question) {
  const auto name_of = [&](const Series& it) -> std::string {
    if (it.connection_id.empty()) return {};
    return it.model + " (" + it.provider + " - " + question.account_name(it.connection_id) + ")";
  };
  writer.key("byAccount").begin_object();
  for (const UsageGroup& group : grouped(all, name_of)) {
    const Series& series = group.series;
    write_sums(writer.key(group.name).begin_object(), group.sums);
    writer.key("rawModel").text(series.model).key("provider").text(series.provider);
    writer.key("connectionId").text(series.connection_id);
    writer.key("accountName").text(question.account_name(series.connection_id));
    write_last_used(writer, group.sums);
    writer.end_object();
  }
  writer.end_object();
}

void write_keys(json::Writer& writer, const SumsBySeries& all, const UsageQuestion& question) {
  const auto name_of = [&](const Series& it) -> std::string {
    if (it.api_key_id.empty()) return {};
    return question.key_name(it.api_key_id) + " (" + it.api_key_id + ")";
  };
  writer.key("byApiKey").begin_object();
  for (const UsageGroup& group : grouped(all, name_of)) {
    write_sums(writer.key(group.name).begin_object(), group.sums);
    writer.key("apiKeyId").text(group.series.api_key_id);
    writer.key("apiKeyName").text(question.key_name(group.series.api_key_id));
    write_last_used(writer, group.sums);
    writer.end_object();
  }
  writer.end_object();
}

constexpr std::size_t minutes_shown = 10;

/// Whatever time is asked for.
Status write_last_minutes(sql::Session& session, json::Writer& writer,
                          const UsageQuestion& question) {
  const std::int64_t length = length_ms(Step::minute);
  const std::int64_t last = slot_of(Step::minute, to_millis(question.now));
  const std::int64_t first = last - static_cast<std::int64_t>(minutes_shown - 1) * length;
  std::array<UsageSums, minutes_shown> minutes;
  Status done = read_rollups(session, {{Step::minute, first, last + length}}, question.filter,
                             [&](const store::RollupRow& row) {
                               minutes[static_cast<std::size_t>((row.slot - first) / length)] +=
                                   row.sums;
                             });
  if (!done) return done;
  writer.key("last10Minutes").begin_array();
  for (const UsageSums& sums : minutes) {
    write_sums(writer.begin_object(), sums);
    writer.end_object();
  }
  writer.end_array();
  return Nothing{};
}

/// Accounts know what they are busy with, not for which model.
void write_running(json::Writer& writer, const std::vector<Running>& running,
                   const UsageQuestion& question) {
  writer.key("pending").begin_object();
  writer.key("byModel").begin_object().end_object();
  writer.key("byAccount").begin_object();
  for (const Running& account : running) writer.key(account.connection_id).integer(account.count);
  writer.end_object().end_object();
  writer.key("activeRequests").begin_array();
  for (const Running& account : running) {
    writer.begin_object().key("model").null().key("provider").text(account.provider);
    writer.key("account").text(question.account_name(account.connection_id));
    writer.key("connectionId").text(account.connection_id);
    writer.key("count").integer(account.count).end_object();
  }
  writer.end_array();
}

}  // namespace

Result<std::string> usage_history(sql::Session& session, const UsageQuestion& question,
                                  const std::vector<Running>& running) {
  SumsBySeries all;
  Status done = read_rollups(session, question.tiles(), question.filter,
                             [&](const store::RollupRow& row) { all[row.series] += row.sums; });
  if (!done) return done.error();
  const UsageSums total = whole(all).sums;
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("totalRequests").integer(total.requests);
  writer.key("totalPromptTokens").integer(total.input);
  writer.key("totalCompletionTokens").integer(total.output);
  writer.key("totalCost").number(dollars(total.cost_nano));
  write_providers(writer, all);
  write_models(writer, all);
  write_accounts(writer, all, question);
  write_keys(writer, all, question);
  if (done = write_last_minutes(session, writer, question); !done) return done.error();
  write_running(writer, running, question);
  writer.end_object();
  return body;
}

}  // namespace omni::api
