#include "api/ip_filter_change.h"

#include <algorithm>
#include <array>

#include "identity/address_rule.h"
#include "json/scratch_reader.h"

namespace omni::api {
namespace {

using identity::AddressRule;
using json::MemberShape;
using json::Presence;
using Texts = std::vector<std::string>;
namespace shape = json::shape;

constexpr std::size_t entries_max = 10'000;
constexpr std::int64_t ban_ms_max = std::int64_t{365} * 24 * 3'600'000;
constexpr std::int64_t ban_ms = 3'600'000;

constexpr json::Shape entry = shape::text(1, 100).like(json::format::address_rule);
constexpr json::Shape entries = shape::list(entry, 0, entries_max);
constexpr json::Shape address = shape::text(1, 100).like(json::format::address);
constexpr std::array<std::string_view, 2> modes{"blacklist", "whitelist"};

constexpr std::array ban_members{
    MemberShape{"ip", address, Presence::required, "The address that is shut out."},
    MemberShape{"durationMs", shape::integer(1, ban_ms_max), Presence::optional,
                "For how long; an hour if it is not said."},
    MemberShape{"reason", shape::text(0, 200), Presence::optional, "Why."}};

constexpr std::array members{
    MemberShape{"enabled", shape::boolean(), Presence::optional,
                "The lists decide who may connect."},
    MemberShape{"mode", shape::choice(modes), Presence::optional,
                "Whether the blacklist shuts out or only the whitelist is let in."},
    MemberShape{"blacklist", entries, Presence::optional, "Who is shut out."},
    MemberShape{"whitelist", entries, Presence::optional, "Who is let in."},
    MemberShape{"addBlacklist", entry, Presence::optional, "One more."},
    MemberShape{"removeBlacklist", entry, Presence::optional, "One less."},
    MemberShape{"addWhitelist", entry, Presence::optional, "One more."},
    MemberShape{"removeWhitelist", entry, Presence::optional, "One less."},
    MemberShape{"tempBan", shape::object(ban_members).strict(), Presence::optional,
                "Shuts an address out for a while."},
    MemberShape{"removeBan", address, Presence::optional, "Ends the ban of an address."},
    MemberShape{"force", shape::boolean(), Presence::optional,
                "Also where it shuts out whoever asks."}};

/// Two spellings of a rule are one.
bool same_rule(std::string_view a, std::string_view b) {
  const Result<AddressRule> left = AddressRule::parse(a);
  const Result<AddressRule> right = AddressRule::parse(b);
  return left && right && *left == *right;
}

void remove(Texts& list, std::string_view rule) {
  std::erase_if(list, [rule](const std::string& other) { return same_rule(other, rule); });
}

void add(Texts& list, std::string_view rule) {
  remove(list, rule);
  list.emplace_back(rule);
}

void edit_list(Texts& list, json::Value added, json::Value removed) {
  if (removed) remove(list, removed.text());
  if (added) add(list, added.text());
}

/// Writes the bans that last, without that of `ip`, and leaves the array open for another.
void copy_bans(json::Writer& writer, const json::Raw& bans, std::string_view ip, Clock::Wall now) {
  const json::ScratchReader reader;
  for (const json::Value ban : reader->read(bans.text()).items()) {
    const bool lasts = ban.at("until").integer() > to_millis(now);
    if (lasts && (ip.empty() || !same_rule(ban.at("ip").text(), ip))) writer.raw(ban.slice());
  }
}

void change_bans(json::Raw& bans, json::Value ban, json::Value removed, Clock::Wall now) {
  if (!ban && !removed) return;
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  copy_bans(writer, bans, ban ? ban.at("ip").text() : removed.text(), now);
  if (ban) {
    const json::Value duration = ban.find("durationMs");
    const std::int64_t until = to_millis(now) + (duration ? duration.integer() : ban_ms);
    writer.begin_object().key("ip").text(ban.at("ip").text()).key("until").integer(until);
    writer.key("reason").text(ban.find("reason").text()).end_object();
  }
  writer.end_array();
  bans = json::Raw::trusted(std::move(text));
}

}  // namespace

std::span<const MemberShape> ip_filter_members() { return members; }

Status change_ip_filter(store::Settings& settings, json::Value body, Clock::Wall now) {
  for (const auto [name, value] : body.members()) {
    const store::SettingRow* const row = store::find_setting("ip-filter", name);
    if (row != nullptr) store::assign(settings, *row, value);
  }
  edit_list(settings.ip_blacklist, body.find("addBlacklist"), body.find("removeBlacklist"));
  edit_list(settings.ip_whitelist, body.find("addWhitelist"), body.find("removeWhitelist"));
  if (body.find("removeBan")) change_bans(settings.ip_temp_bans, {}, body.find("removeBan"), now);
  if (body.find("tempBan")) change_bans(settings.ip_temp_bans, body.find("tempBan"), {}, now);
  return Nothing{};
}

}  // namespace omni::api
