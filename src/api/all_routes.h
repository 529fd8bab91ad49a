#pragma once

#include <string>
#include <vector>

#include "api/account_quotas.h"
#include "api/audit.h"
#include "api/auth.h"
#include "api/availability.h"
#include "api/backups.h"
#include "api/budgets.h"
#include "api/cache.h"
#include "api/call_logs.h"
#include "api/combo_defaults.h"
#include "api/combo_test_run.h"
#include "api/combos.h"
#include "api/connection_models.h"
#include "api/events.h"
#include "api/keys.h"
#include "api/management_tokens.h"
#include "api/model_aliases.h"
#include "api/models.h"
#include "api/monitoring.h"
#include "api/policies.h"
#include "api/pricing.h"
#include "api/provider_models.h"
#include "api/provider_nodes.h"
#include "api/provider_tests.h"
#include "api/providers.h"
#include "api/proxy_settings.h"
#include "api/rate_limits.h"
#include "api/resilience.h"
#include "api/route_explain.h"
#include "api/settings.h"
#include "api/telemetry.h"
#include "api/usage.h"

namespace omni::api {

/// Every endpoint of /api, as the gateway mounts them: the groups and what they share.  Outlives
/// the router that has the routes.
class AllRoutes {
 public:
  struct Options {
    std::string version;  // of the program
    std::string machine_id;
    std::string data_dir;
    /// Rows of others that the document shall have as well.
    std::vector<net::Route> beside;
    Changes::AutoBackup auto_backup = Changes::AutoBackup::on;
    LoginRules::Options login;
    bool secure_cookie = false;
    std::uint16_t port = 0;
    ProxySettings::Options proxies;
    identity::IpFilter::Loopback ip_filter_loopback = identity::IpFilter::Loopback::exempt;
  };

  AllRoutes(const Surroundings& with, const Options& options);
  AllRoutes(const AllRoutes&) = delete;
  AllRoutes& operator=(const AllRoutes&) = delete;

  std::vector<Route> routes();

 private:
  std::vector<Route> documented(const std::vector<net::Route>& beside);
  net::Task<Status> show_document(net::Exchange& exchange, Arguments);

  Changes changes_;
  LoginRules rules_;
  Auth auth_;
  SettingsApi settings_;
  Keys keys_;
  ManagementTokens tokens_;
  AuditLog audit_;
  BackupsApi backups_;
  Providers providers_;
  ProviderTests provider_tests_;
  ConnectionModels connection_models_;
  ProviderNodes provider_nodes_;
  ProviderModels provider_models_;
  ModelAliases model_aliases_;
  Models models_;
  Pricing pricing_;
  ProxySettings proxy_settings_;
  Policies policies_;
  RouteExplain route_explain_;
  CallLogs call_logs_;
  BudgetsApi budgets_;
  Combos combos_;
  ComboTestRun combo_test_run_;
  ComboDefaults combo_defaults_;
  Resilience resilience_;
  RateLimits rate_limits_;
  Availability availability_;
  Monitoring monitoring_;
  CacheApi cache_;
  AccountQuotas account_quotas_;
  UsageApi usage_;
  Telemetry telemetry_;
  Events events_;
  std::string document_;  // of them all
};

}  // namespace omni::api
