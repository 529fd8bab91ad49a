#include "store/proxies.h"

#include "base/strings.h"
#include "store/columns.h"

namespace omni::store {
namespace {

std::string place_of(const ProxyRow& proxy) {
  return proxy.id.empty() ? proxy.level : proxy.level + ":" + proxy.id;
}

Place seal_place(std::string_view place) { return {"proxies", "url", place}; }

}  // namespace

Result<std::vector<ProxyRow>> load_proxies(sql::Session& session, const Sealer& sealer) {
  std::vector<ProxyRow> proxies;
  Status opened = Nothing{};
  const Status read =
      session.run("SELECT place, url FROM proxies ORDER BY place", {}, [&](const sql::Row& row) {
        const std::string place(row.text(0));
        Result<Secret> url = sealer.open(row.text(1), seal_place(place));
        if (!url) {
          opened = url.error();
          return;
        }
        std::string_view rest = place;
        const std::string level(cut(rest, ':'));
        proxies.push_back({level, std::string(rest), *std::move(url)});
      });
  if (!read) return read.error();
  if (!opened) return opened.error();
  return proxies;
}

Status put_proxy(sql::Session& session, const Sealer& sealer, const ProxyRow& proxy) {
  const std::string place = place_of(proxy);
  if (proxy.url.empty()) {
    return session.run("DELETE FROM proxies WHERE place = $1", {to_value(place)});
  }
  const std::string sealed = sealer.seal(proxy.url, seal_place(place));
  return session.run(
      "INSERT INTO proxies (place, url) VALUES ($1, $2) "
      "ON CONFLICT (place) DO UPDATE SET url = excluded.url",
      {to_value(place), to_value(sealed)});
}

}  // namespace omni::store
