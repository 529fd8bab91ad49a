#include "api/call_logs.h"

#include <array>

#include "api/call_text.h"
#include "api/usage_question.h"
#include "base/dollars.h"
#include "base/strings.h"
#include "json/writer.h"
#include "store/calls.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

bool is_status(std::string_view text) {
  return text == "ok" || text == "error" || (text.size() == 3 && parse_unsigned(text));
}

const json::Format status_format{
    .name = "call-status", .words = "must be ok, error or a status like 429", .fits = is_status};

constexpr json::Shape word = usage_word;
constexpr json::Shape status_word = shape::text(0, 5).like(status_format);
constexpr std::array<std::string_view, 3> forms{"json", "csv", "ndjson"};  // in the order of Form
constexpr std::array list_query{
    MemberShape{"status", status_word, Presence::optional, "ok, error, or a number."},
    MemberShape{"model", word, Presence::optional, "As it was asked for, or as it was served."},
    MemberShape{"provider", word, Presence::optional, "Who was asked last."},
    MemberShape{"account", word, Presence::optional, "On which account: its id or its name."},
    MemberShape{"apiKey", word, Presence::optional, "Whose it was: the key's id or its name."},
    MemberShape{"apiKeyId", word, Presence::optional, "The same by the id alone."},
    MemberShape{"combo", word, Presence::optional,
                "The name of a combo; 1: those of combos alone."},
    MemberShape{"session", word, Presence::optional, "The conversation."},
    MemberShape{"requestId", word, Presence::optional, "The request of this id."},
    MemberShape{"search", word, Presence::optional,
                "Stands in a name of a model, provider, account, key or combo, in the path, the id "
                "or the error, in letters of either case."},
    MemberShape{"from", usage_time, Presence::optional, "Over at this time or later, or that day."},
    MemberShape{"to", usage_time, Presence::optional, "Over before this time, or by that day."},
    MemberShape{"minLatency", shape::number(0, 1e12), Presence::optional,
                "That took so many milliseconds or more."},
    MemberShape{"minCost", shape::number(0, 1e9), Presence::optional,
                "That cost so many dollars or more."},
    MemberShape{"before", word, Presence::optional,
                "Those before the one of this id or cursor; x-next-before of the page before goes "
                "on where that has ended."},
    MemberShape{"limit", shape::integer(1, 10'000), Presence::optional, "How many at most; 200."},
    MemberShape{"offset", shape::integer(0, 1'000'000), Presence::optional, "After how many."},
    MemberShape{"total", shape::boolean(), Presence::optional,
                "Also tells by x-total-count of how many in all.  Where x-total-more is true, the "
                "newest 50000 were looked at, and there may be others."},
    MemberShape{"format", shape::choice(forms), Presence::optional,
                "json: an array; ndjson: an object on each line; csv: a table."}};

store::CallFilter read_filter(json::Value query) {
  const auto text = [query](std::string_view name) { return std::string(query.find(name).text()); };
  store::CallFilter filter{.model = text("model"),
                           .provider = text("provider"),
                           .account = text("account"),
                           .api_key = text("apiKey"),
                           .api_key_id = text("apiKeyId"),
                           .combo = text("combo"),
                           .session = text("session"),
                           .request_id = text("requestId"),
                           .search = text("search")};
  if (filter.combo == "1") filter.combo = "*";
  if (filter.combo == "0") filter.combo.clear();
  const std::string status = text("status");
  if (status == "ok") {
    filter.status_max = 399;
  } else if (status == "error") {
    filter.status_min = 400;
  } else if (const auto number = parse_unsigned(status)) {
    filter.status_min = filter.status_max = static_cast<std::int64_t>(*number);
  }
  if (const json::Value from = query.find("from")) filter.from_ms = begin_of(from.text());
  if (const json::Value to = query.find("to")) filter.to_ms = end_of(to.text());
  filter.duration_ms_min = static_cast<std::int64_t>(query.find("minLatency").number());
  filter.cost_nano_min = nano_of(query.find("minCost").number());
  return filter;
}

store::CallsAsked read_question(json::Value query) {
  store::CallsAsked asked{.filter = read_filter(query),
                          .before = std::string(query.find("before").text()),
                          .skipped = query.find("offset").integer()};
  if (const json::Value limit = query.find("limit")) asked.rows_max = limit.integer();
  return asked;
}

enum class Form : std::uint8_t { json, csv, ndjson };

Form form_in(json::Value query) {
  const std::string_view name = query.find("format").text();
  return name == "csv" ? Form::csv : name == "ndjson" ? Form::ndjson : Form::json;
}

struct Question {
  store::CallsAsked asked;
  bool counts = false;
  Form form{};
};

struct Answer {
  std::string text;
  std::optional<std::int64_t> next;
  std::optional<store::CallCount> total = {};
};

std::string text_of(const std::vector<store::CallRow>& rows, Form form,
                    const store::BodyLog* bodies) {
  if (form == Form::csv) return calls_as_csv(rows);
  return form == Form::ndjson ? calls_as_lines(rows, bodies) : calls_as_json(rows, bodies);
}

/// To the last letter of it, so that a long list holds up no loop.
Result<Answer> look(sql::Session& session, const Question& question,
                    const store::BodyLog* bodies) {
  const Result<store::CallPage> page = store::list_calls(session, question.asked);
  if (!page) return page.error();
  Answer answer{.text = text_of(page->rows, question.form, bodies), .next = page->next};
  if (!question.counts) return answer;
  const Result<store::CallCount> total = store::count_calls(session, question.asked.filter);
  if (!total) return total.error();
  answer.total = *total;
  return answer;
}

net::OutFields fields_of(const Answer& answer, Form form) {
  constexpr std::array<std::string_view, 3> types{"application/json", "text/csv; charset=utf-8",
                                                  "application/x-ndjson"};
  net::OutFields fields;
  fields.add("content-type", types.at(static_cast<std::size_t>(form)));
  if (form == Form::csv) {
    fields.add("content-disposition", "attachment; filename=\"call-logs.csv\"");
  }
  if (answer.next) fields.add("x-next-before", static_cast<std::uint64_t>(*answer.next));
  if (!answer.total) return fields;
  fields.add("x-total-count", static_cast<std::uint64_t>(answer.total->calls));
  if (!answer.total->all) fields.add("x-total-more", "true");
  return fields;
}

}  // namespace

std::vector<Route> CallLogs::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/usage/call-logs",
           .role = net::Role::read,
           .summary = "The requests of clients, the newest first.  A page that has looked at 20000 "
                      "of them ends, though it be empty; x-next-before says where to go on",
           .handler = handler<&CallLogs::list>(this),
           .query = list_query},
          {.method = net::Method::get,
           .pattern = "/api/usage/call-logs/{id}",
           .role = net::Role::read,
           .summary = "One of them: what became of it, the way that it went, and what was said as "
                      "far as it is kept",
           .handler = handler<&CallLogs::show>(this),
           .outcomes = {{200, "The request"}, {404, "Not known, or not any more"}},
           .answer = an_object}};
}

net::Task<Status> CallLogs::list(net::Exchange& exchange, Arguments arguments) {
  const Form form = form_in(arguments.query);
  Question question{.asked = read_question(arguments.query),
                    .counts = arguments.query.find("total").boolean(),
                    .form = form};
  Result<Answer> answer = co_await read_from(
      with_.usage,
      [question = std::move(question), bodies = with_.bodies](sql::Session& session) {
        return look(session, question, bodies);
      });
  if (!answer) co_return answer.error();
  net::OutFields fields = fields_of(*answer, form);
  co_return co_await exchange.reply(200, std::move(fields), std::move(answer->text));
}

net::Task<Status> CallLogs::show(net::Exchange& exchange, Arguments) {
  Result<std::string> found =
      co_await read_from(with_.usage,
                         [id = std::string(exchange.param("id")),
                          bodies = with_.bodies](sql::Session& session) -> Result<std::string> {
                           const auto row = store::find_call(session, id);
                           if (!row) return row.error();
                           if (!*row)
                             return Error(Error::Kind::not_found, "No such request is known");
                           return call_as_json(**row, bodies);
                         });
  if (!found) co_return found.error();
  co_return co_await exchange.reply_json(200, *std::move(found));
}

}  // namespace omni::api
