#include "api/resilience_settings.h"

#include <array>
#include <utility>

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
using json::Value;
namespace shape = json::shape;

constexpr json::Shape number = shape::integer(0, 1'000'000'000);
constexpr std::array<std::string_view, 3> kinds{"oauth", "apikey", "local"};

constexpr std::array queue_members{
    MemberShape{"autoEnableApiKeyProviders", shape::boolean(), Presence::optional,
                "For all API keys, not only for accounts with rateLimitProtection."},
    MemberShape{"requestsPerMinute", number, Presence::optional, "On one account."},
    MemberShape{"minTimeBetweenRequestsMs", number, Presence::optional, "On one account."},
    MemberShape{"concurrentRequests", number, Presence::optional, "On one account."},
    MemberShape{"maxWaitMs", number, Presence::optional, "How long a request waits for its turn."}};
constexpr std::array cooldown_members{
    MemberShape{"baseCooldownMs", number, Presence::optional,
                "The first rest of an account after errors in a row."},
    MemberShape{"useUpstreamRetryHints", shape::boolean(), Presence::optional,
                "A provider's own word on when to come again counts."},
    MemberShape{"maxBackoffSteps", number, Presence::optional,
                "How often the rest doubles at most."}};
constexpr std::array breaker_members{
    MemberShape{"failureThreshold", number, Presence::optional,
                "Failed requests in a row before a provider is left alone."},
    MemberShape{"resetTimeoutMs", number, Presence::optional, "For how long."}};
constexpr std::array old_profile_members{
    MemberShape{"transientCooldown", number, Presence::optional, "baseCooldownMs"},
    MemberShape{"rateLimitCooldown", number, Presence::optional,
                "0: useUpstreamRetryHints; anything else: not"},
    MemberShape{"maxBackoffLevel", number, Presence::optional, "maxBackoffSteps"},
    MemberShape{"circuitBreakerThreshold", number, Presence::optional, "failureThreshold"},
    MemberShape{"circuitBreakerReset", number, Presence::optional, "resetTimeoutMs"}};
constexpr std::array old_default_members{
    MemberShape{"requestsPerMinute", number, Presence::optional, "The same."},
    MemberShape{"minTimeBetweenRequests", number, Presence::optional, "minTimeBetweenRequestsMs"},
    MemberShape{"concurrentRequests", number, Presence::optional, "The same."}};
constexpr std::array wait_members{
    MemberShape{"enabled", shape::boolean(), Presence::optional,
                "false: a request never waits for an account that rests."},
    MemberShape{"maxRetries", shape::integer(0, 10), Presence::optional, "Not used."},
    MemberShape{"maxRetryWaitSec", shape::integer(0, 300), Presence::optional, "Not used."}};

constexpr std::array<MemberShape, 3> by_kind(const json::Shape& each) {
  return {MemberShape{"oauth", each, Presence::optional, "Accounts that log in."},
          MemberShape{"apikey", each, Presence::optional, "Accounts with a key."},
          MemberShape{"local", each, Presence::optional, "Servers of your own."}};
}
constexpr auto cooldowns = by_kind(shape::object(cooldown_members, 1).strict());
constexpr auto breakers = by_kind(shape::object(breaker_members, 1).strict());
constexpr auto old_profiles = by_kind(shape::object(old_profile_members, 1).strict());
constexpr std::array members{
    MemberShape{"requestQueue", shape::object(queue_members, 1).strict(), Presence::optional,
                "What may be asked of one account."},
    MemberShape{"connectionCooldown", shape::object(cooldowns, 1).strict(), Presence::optional,
                "How long accounts rest."},
    MemberShape{"providerBreaker", shape::object(breakers, 1).strict(), Presence::optional,
                "When a provider is left alone."},
    MemberShape{"waitForCooldown", shape::object(wait_members, 1).strict(), Presence::optional,
                "Whether requests wait."},
    MemberShape{"profiles", shape::object(old_profiles, 1).strict(), Presence::optional,
                "connectionCooldown and providerBreaker by their old names."},
    MemberShape{"defaults", shape::object(old_default_members, 1).strict(), Presence::optional,
                "requestQueue by its old names."}};

/// The name of a setting of one kind of providers: "oauth" and "baseCooldownMs" are one row.
std::string row_name(std::string_view kind, std::string_view member) {
  std::string name(kind);
  name.append(member);
  name[kind.size()] = static_cast<char>(name[kind.size()] - 'a' + 'A');
  return name;
}

const store::SettingRow& row_of(std::string_view name) {
  return *store::find_setting(resilience_group, name);
}

std::string_view new_name(std::string_view old) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> names{{
      {"transientCooldown", "baseCooldownMs"},
      {"maxBackoffLevel", "maxBackoffSteps"},
      {"circuitBreakerThreshold", "failureThreshold"},
      {"circuitBreakerReset", "resetTimeoutMs"},
      {"minTimeBetweenRequests", "minTimeBetweenRequestsMs"},
  }};
  for (const auto& [before, now] : names) {
    if (before == old) return now;
  }
  return old;
}

/// Assigns values to rows and remembers the first that does not fit.
class Assignment {
 public:
  explicit Assignment(store::Settings& settings) : settings_(settings) {}

  void assign(std::string_view name, Value value) {
    if (status_) status_ = assign_setting(settings_, row_of(name), value);
  }
  void assign_queue(Value queue) {
    for (const auto [name, value] : queue.members()) assign(new_name(name), value);
  }
  void assign_by_kind(Value group) {
    for (const auto [kind, profile] : group.members()) {
      for (const auto [name, value] : profile.members()) {
        if (name == "rateLimitCooldown") {
          heed_hints(kind, value.integer() == 0 ? "true" : "false");
        } else {
          assign(row_name(kind, new_name(name)), value);
        }
      }
    }
  }
  void refuse(std::string why) { status_ = Error(Error::Kind::bad_request, std::move(why)); }
  const Status& status() const { return status_; }

 private:
  void heed_hints(std::string_view kind, std::string_view yes) {
    json::Reader reader;
    assign(row_name(kind, "useUpstreamRetryHints"), reader.read(yes));
  }

  store::Settings& settings_;
  Status status_ = Nothing{};
};

void write_member(json::Writer& writer, const store::Settings& settings, std::string_view name,
                  std::string_view row) {
  store::write(writer.key(name), settings, row_of(row));
}

void write_by_kind(json::Writer& writer, const store::Settings& settings,
                   std::span<const MemberShape> of_one) {
  writer.begin_object();
  for (const std::string_view kind : kinds) {
    writer.key(kind).begin_object();
    for (const MemberShape& member : of_one) {
      if (member.name == "rateLimitCooldown") {
        const auto hints = row_of(row_name(kind, "useUpstreamRetryHints")).member;
        const bool heeded = settings.*std::get<bool store::Settings::*>(hints);
        if (heeded) {
          writer.key(member.name).integer(0);
        } else {
          write_member(writer, settings, member.name, row_name(kind, "baseCooldownMs"));
        }
      } else {
        write_member(writer, settings, member.name, row_name(kind, new_name(member.name)));
      }
    }
    writer.end_object();
  }
  writer.end_object();
}

void write_flat(json::Writer& writer, const store::Settings& settings,
                std::span<const MemberShape> group) {
  for (const MemberShape& member : group) {
    write_member(writer, settings, member.name, new_name(member.name));
  }
}

}  // namespace

json::Shape resilience_shape() { return shape::object(members, 1).strict(); }

json::Shape queue_shape() { return shape::object(queue_members, 1).strict(); }

void write_queue(json::Writer& writer, const store::Settings& settings) {
  write_flat(writer, settings, queue_members);
}

void write_resilience_settings(json::Writer& writer, const store::Settings& settings) {
  writer.key("requestQueue").begin_object();
  write_queue(writer, settings);
  writer.end_object().key("connectionCooldown");
  write_by_kind(writer, settings, cooldown_members);
  writer.key("providerBreaker");
  write_by_kind(writer, settings, breaker_members);
  writer.key("waitForCooldown").begin_object().key("enabled").boolean(false);
  writer.key("maxRetries").integer(0).key("maxRetryWaitSec").integer(0).end_object();
  const auto write_old = [&] {
    writer.key("profiles");
    write_by_kind(writer, settings, old_profile_members);
    writer.key("defaults").begin_object();
    write_flat(writer, settings, old_default_members);
    writer.end_object();
  };
  write_old();
  writer.key("legacy").begin_object();
  write_old();
  writer.end_object();
}

SettingsEdit resilience_edit(std::string body) {
  return [text = std::move(body)](store::Settings& settings) -> Status {
    json::Reader reader;
    Assignment assignment(settings);
    for (const auto [name, value] : reader.read(text).members()) {
      if (name == "requestQueue" || name == "defaults") {
        assignment.assign_queue(value);
      } else if (name != "waitForCooldown") {
        assignment.assign_by_kind(value);
      } else if (value.find("enabled").boolean()) {
        assignment.refuse(
            "waitForCooldown.enabled: a request never waits for an account that "
            "rests; its answer says at once when to come again");
      }
    }
    return assignment.status();
  };
}

SettingsEdit queue_edit(std::string body) {
  return [text = std::move(body)](store::Settings& settings) -> Status {
    json::Reader reader;
    Assignment assignment(settings);
    assignment.assign_queue(reader.read(text));
    return assignment.status();
  };
}

}  // namespace omni::api
