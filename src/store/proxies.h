#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "store/seal.h"
#include "store/sql/session.h"

namespace omni::store {

/// A proxy, and for whom it is.
struct ProxyRow {
  std::string level;  // "global", "provider", "combo", "key": a connection's
  std::string id;     // of that provider, combo or connection
  Secret url;         // as net::parse_proxy takes it
};

/// Ordered by level and id.
Result<std::vector<ProxyRow>> load_proxies(sql::Session& session, const Sealer& sealer);
/// In the place of the one that is there; with an empty url there is none any more.
Status put_proxy(sql::Session& session, const Sealer& sealer, const ProxyRow& proxy);

}  // namespace omni::store
