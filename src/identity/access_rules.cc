#include "identity/access_rules.h"

#include <algorithm>
#include <span>

#include "base/strings.h"
#include "json/reader.h"
#include "net/url.h"

namespace omni::identity {
namespace {

/// What is no rule is passed over: it was checked before it was stored, so it is somebody else's.
std::vector<AddressRule> parse_rules(std::span<const std::string> texts) {
  std::vector<AddressRule> rules;
  for (const std::string& text : texts) {
    const Result<AddressRule> rule = AddressRule::parse(text);
    if (rule) rules.push_back(*rule);
  }
  return rules;
}

std::vector<TemporaryBan> read_bans(const json::Raw& list) {
  std::vector<TemporaryBan> bans;
  json::Reader reader;
  for (const json::Value ban : reader.read(list.text()).items()) {
    const Result<AddressRule> who = AddressRule::parse(ban.at("ip").text());
    if (!who) continue;
    bans.push_back(
        {*who, from_millis(ban.at("until").integer()), std::string(ban.find("reason").text())});
  }
  return bans;
}

/// Of a schedule that cannot be read: it shall not let in whom it was made to shut out.
AccessSchedule never_open() { return {.enabled = true, .zone = *TimeZone::load("UTC")}; }

KeyRule rule_of(const store::ApiKey& key, Zones& zones) {
  KeyRule rule;
  rule.from_anywhere = key.ip_allowlist.empty();
  rule.addresses = parse_rules(key.ip_allowlist);
  if (key.access_schedule) {
    Result<AccessSchedule> schedule = read_schedule(*key.access_schedule, zones);
    rule.schedule = schedule ? *std::move(schedule) : never_open();
  }
  return rule;
}

}  // namespace

AccessRules::AccessRules(std::shared_ptr<const store::Configuration> from,
                         const AccessOptions& with, Zones& zones)
    : configuration(std::move(from)),
      options(with),
      api_key_required(with.require_api_key || configuration->settings.require_api_key),
      password_exists(with.has_initial_password || !configuration->password_hash.empty()),
      ip_filter(ip_filter_of(configuration->settings, with.ip_filter_loopback)),
      public_names(with.public_names) {
  const store::Settings& settings = configuration->settings;
  public_names.insert(public_names.end(), settings.allowed_hosts.begin(),
                      settings.allowed_hosts.end());
  if (Result<net::Url> base = net::parse_url(settings.base_url)) {
    public_names.push_back(std::move(base->origin.host));
  }
  const auto allow = [this](std::string_view origin) {
    origin = trim(origin);
    if (origin.ends_with("/")) origin.remove_suffix(1);  // as copied from a browser
    if (origin == "*") {
      any_origin = true;
    } else if (!origin.empty()) {
      allowed_origins.emplace_back(origin);
    }
  };
  for (const std::string& origin : options.allowed_origins) allow(origin);
  for (std::string_view rest = settings.cors_origins; !rest.empty();) allow(cut(rest, ','));
  for (const store::ApiKey& key : configuration->api_keys) {
    key_rules.emplace(&key, rule_of(key, zones));
  }
}

IpFilter ip_filter_of(const store::Settings& settings, IpFilter::Loopback loopback) {
  using Mode = IpFilter::Mode;
  return {.enabled = settings.ip_filter_enabled,
          .mode = settings.ip_filter_mode == "whitelist" ? Mode::whitelist : Mode::blacklist,
          .loopback = loopback,
          .blacklist = parse_rules(settings.ip_blacklist),
          .whitelist = parse_rules(settings.ip_whitelist),
          .bans = read_bans(settings.ip_temp_bans)};
}

Result<AccessSchedule> read_schedule(const json::Raw& object, Zones& zones) {
  json::Reader reader;
  const json::Value schedule = reader.read(object.text());
  std::vector<int> days;
  for (const json::Value day : schedule.at("days").items()) {
    days.push_back(static_cast<int>(std::clamp<std::int64_t>(day.integer(), -1, 7)));
  }
  const ScheduleText text{.enabled = schedule.at("enabled").boolean(),
                          .from = schedule.at("from").text(),
                          .until = schedule.at("until").text(),
                          .days = days,
                          .zone = schedule.at("tz").text()};
  if (Status read = reader.finish(); !read) return read.error();
  if (!text.enabled) return AccessSchedule{};
  return make_schedule(text, zones);
}

}  // namespace omni::identity
