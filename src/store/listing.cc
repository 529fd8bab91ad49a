#include "store/listing.h"

#include "json/writer.h"
#include "store/columns.h"

namespace omni::store {

Result<json::Raw> list_connections(sql::Session& session) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  const Status read = session.run(
      "SELECT id, provider, auth_type, name, email, is_active, priority, created_at "
      "FROM provider_connections ORDER BY provider, priority, id",
      {}, [&](const sql::Row& row) {
        writer.begin_object().key("id").text(row.text(0)).key("provider").text(row.text(1));
        writer.key("authType").text(row.text(2)).key("name").text(row.text(3));
        writer.key("email").text(row.text(4)).key("isActive").boolean(row.integer(5) != 0);
        writer.key("priority").integer(row.integer(6));
        writer.key("createdAt").text(iso8601(time_in(row, 7))).end_object();
      });
  if (!read) return read.error();
  writer.end_array();
  return json::Raw::trusted(std::move(text));
}

Result<json::Raw> list_combos(sql::Session& session) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  const Status read = session.run(
      "SELECT id, name, data FROM combos ORDER BY sort_order, name", {}, [&](const sql::Row& row) {
        writer.begin_object().key("id").text(row.text(0)).key("name").text(row.text(1));
        writer.key("data").raw(row.text(2)).end_object();
      });
  if (!read) return read.error();
  writer.end_array();
  return json::Raw::trusted(std::move(text));
}

}  // namespace omni::store
