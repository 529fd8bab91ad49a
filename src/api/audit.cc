#include "api/audit.h"

#include <array>

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr json::Shape word = shape::text(0, 200);
constexpr json::Shape time = shape::text(1, 40).like(json::format::timestamp);
constexpr std::array query_members{
    MemberShape{"action", word, Presence::optional, "What was done; with * at the end, its group."},
    MemberShape{"actor", word, Presence::optional, "Who did it."},
    MemberShape{"target", word, Presence::optional, "To what."},
    MemberShape{"resource", word, Presence::optional, "The same as target."},
    MemberShape{"resourceType", word, Presence::optional, "Of what kind that is."},
    MemberShape{"status", word, Presence::optional, "success or failed."},
    MemberShape{"requestId", word, Presence::optional, "By which request."},
    MemberShape{"from", time, Presence::optional, "Not before this time."},
    MemberShape{"to", time, Presence::optional, "Not after this time."},
    MemberShape{"limit", shape::integer(1, 500), Presence::optional, "How many at most; 50."},
    MemberShape{"offset", shape::integer(0, 1'000'000'000), Presence::optional, "After how many."}};

store::AuditQuery read_query(json::Value query) {
  store::AuditQuery wanted;
  wanted.action = query.find("action").text();
  wanted.actor = query.find("actor").text();
  const json::Value target = query.find("target");
  wanted.target = (target ? target : query.find("resource")).text();
  wanted.resource_type = query.find("resourceType").text();
  wanted.status = query.find("status").text();
  wanted.request_id = query.find("requestId").text();
  if (const json::Value from = query.find("from")) wanted.from = parse_iso8601(from.text());
  if (const json::Value to = query.find("to")) wanted.to = parse_iso8601(to.text());
  if (const json::Value limit = query.find("limit")) wanted.limit = limit.integer();
  wanted.offset = query.find("offset").integer();
  return wanted;
}

/// With both spellings of each name that has two, for scripts know one or the other.
void write_entry(json::Writer& writer, const store::AuditEntry& entry) {
  const std::string when = iso8601(entry.when);
  writer.begin_object().key("id").integer(entry.id);
  writer.key("timestamp").text(when).key("createdAt").text(when);
  writer.key("action").text(entry.action).key("actor").text(entry.actor);
  writer.key("target").text(entry.target);
  writer.key("details").raw(entry.details);
  writer.key("ip_address").text(entry.address).key("ip").text(entry.address);
  writer.key("resource_type").text(entry.resource_type);
  writer.key("resourceType").text(entry.resource_type);
  writer.key("status").text(entry.status);
  writer.key("request_id").text(entry.request_id).key("requestId").text(entry.request_id);
  writer.key("metadata").raw(entry.metadata).end_object();
}

struct Page {
  std::string rows;
  std::int64_t total = 0;
};

Result<Page> read_page(sql::Session& session, const store::AuditQuery& query) {
  Page page;
  json::Writer writer(page.rows);
  writer.begin_array();
  const auto total = store::find_audit_entries(
      session, query, [&](const store::AuditEntry& entry) { write_entry(writer, entry); });
  if (!total) return total.error();
  writer.end_array();
  page.total = *total;
  return page;
}

}  // namespace

std::vector<Route> AuditLog::routes() {
  return {{.method = net::Method::get,
           .pattern = "/api/compliance/audit-log",
           .role = net::Role::read,
           .summary = "Who did what, the newest first",
           .handler = handler<&AuditLog::list>(this),
           .query = query_members,
           .answer = shape::list(an_object, 0, 500)}};
}

net::Task<Status> AuditLog::list(net::Exchange& exchange, Arguments arguments) {
  const store::AuditQuery query = read_query(arguments.query);
  Result<Page> page = co_await read_from(
      with_.store.database(), [query](sql::Session& session) { return read_page(session, query); });
  if (!page) co_return page.error();
  net::OutFields fields;
  fields.add("content-type", "application/json");
  fields.add("x-total-count", static_cast<std::uint64_t>(page->total));
  fields.add("x-page-limit", static_cast<std::uint64_t>(query.limit));
  fields.add("x-page-offset", static_cast<std::uint64_t>(query.offset));
  co_return co_await exchange.reply(200, std::move(fields), std::move(page->rows));
}

}  // namespace omni::api
