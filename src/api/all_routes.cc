#include "api/all_routes.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "api/openapi.h"

namespace omni::api {

AllRoutes::AllRoutes(const Surroundings& with, const Options& options)
    : changes_(with, options.auto_backup),
      rules_(with, changes_, options.login),
      auth_(with, changes_, rules_,
            {.secure_cookie = options.secure_cookie, .version = options.version}),
      settings_(with, changes_, rules_,
                {.port = options.port,
                 .machine_id = options.machine_id,
                 .ip_filter_loopback = options.ip_filter_loopback}),
      keys_(with, changes_, options.machine_id),
      tokens_(with, changes_),
      audit_(with),
      backups_(with, changes_,
               {.data_dir = options.data_dir,
                .version = options.version,
                .machine_id = options.machine_id}),
      providers_(with, changes_),
      provider_tests_(with, changes_),
      connection_models_(with),
      provider_nodes_(with, changes_),
      provider_models_(with, changes_),
      model_aliases_(with, changes_),
      models_(with),
      pricing_(with, changes_),
      proxy_settings_(with, changes_, options.proxies),
      policies_(with, changes_),
      route_explain_(with),
      call_logs_(with),
      budgets_(with, changes_),
      combos_(with, changes_),
      combo_test_run_(with),
      combo_defaults_(with, changes_),
      resilience_(with, changes_),
      rate_limits_(with, changes_),
      availability_(with, changes_),
      monitoring_(with, changes_, options.version),
      cache_(with, changes_),
      account_quotas_(with),
      usage_(with),
      telemetry_(with),
      events_(with),
      document_(openapi(documented(options.beside), options.version)) {}

std::vector<Route> AllRoutes::routes() {
  std::vector<Route> all{{.method = net::Method::get,
                          .pattern = "/api/openapi.json",
                          .role = net::Role::open,
                          .summary = "This document",
                          .handler = handler<&AllRoutes::show_document>(this),
                          .answer = an_object}};
  std::array groups{
      auth_.routes(),           settings_.routes(),        keys_.routes(),
      tokens_.routes(),         audit_.routes(),           backups_.routes(),
      providers_.routes(),      provider_tests_.routes(),  connection_models_.routes(),
      provider_nodes_.routes(), provider_models_.routes(), model_aliases_.routes(),
      models_.routes(),         pricing_.routes(),         route_explain_.routes(),
      combos_.routes(),         combo_test_run_.routes(),  combo_defaults_.routes(),
      resilience_.routes(),     rate_limits_.routes(),     availability_.routes(),
      monitoring_.routes(),     call_logs_.routes(),       budgets_.routes(),
      proxy_settings_.routes(), policies_.routes(),        cache_.routes(),
      account_quotas_.routes(), usage_.routes(),           telemetry_.routes(),
      events_.routes()};
  for (std::vector<Route>& group : groups) std::ranges::move(group, std::back_inserter(all));
  return all;
}

std::vector<Route> AllRoutes::documented(const std::vector<net::Route>& beside) {
  std::vector<Route> all = routes();
  for (const net::Route& row : beside) {
    all.push_back({.method = row.method,
                   .pattern = row.pattern,
                   .role = row.role,
                   .summary = row.summary,
                   .handler = {},
                   .body_media = row.method == net::Method::get ? "" : row.body_media});
  }
  return all;
}

net::Task<Status> AllRoutes::show_document(net::Exchange& exchange, Arguments) {
  co_return co_await exchange.reply_json(200, document_);
}

}  // namespace omni::api
