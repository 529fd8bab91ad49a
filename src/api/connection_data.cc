#include "api/connection_data.h"

#include <algorithm>
#include <array>

#include "api/provider_formats.h"
#include "api/proxy_members.h"
#include "base/strings.h"
#include "json/scratch_reader.h"
#include "store/audit.h"

namespace omni::api {
namespace {

using json::MemberShape;
using json::Presence;
namespace shape = json::shape;

constexpr json::Shape flag = shape::boolean().or_null();
constexpr json::Shape line = shape::text(0, 500).like(format::field_value).or_null();
constexpr json::Shape tag_shape = shape::text(1, 64);
constexpr std::array<std::string_view, 5> efforts{"none", "low", "medium", "high", "xhigh"};
constexpr std::array<std::string_view, 2> service_tiers{"priority", "fast"};

constexpr std::array<std::string_view, 2> token_bodies{"form", "json"};

constexpr std::string_view proxy_member = "proxyUrl";

constexpr std::array default_members{
    MemberShape{"reasoningEffort", shape::choice(efforts).or_null(), Presence::optional,
                "How hard its models think where a request does not say."},
    MemberShape{"serviceTier", shape::choice(service_tiers).or_null(), Presence::optional,
                "How soon they are to answer."},
    MemberShape{"context1m", flag, Presence::optional, "With a context of a million tokens."}};

constexpr std::array members{
    MemberShape{"baseUrl", shape::text(0, 2000).like(format::provider_url).or_null(),
                Presence::optional, "Where it is, instead of where the catalogue says."},
    MemberShape{"customUserAgent", line, Presence::optional, "What User-Agent says to it."},
    MemberShape{proxy_member, shape::text(0, 2000).or_null(), Presence::optional,
                "A proxy on the way to it: http, https or socks5."},
    MemberShape{"cx", line, Presence::optional, "The search engine of a Google search."},
    MemberShape{"openaiStoreEnabled", flag, Presence::optional, "Answers may be stored there."},
    MemberShape{"blockExtraUsage", flag, Presence::optional, "No usage beyond the plan."},
    MemberShape{"autoFetchModels", flag, Presence::optional, "Its list of models is fetched."},
    MemberShape{"disableStreamOptions", flag, Presence::optional, "It knows no stream_options."},
    MemberShape{"requestDefaults", shape::object(default_members).or_null(), Presence::optional,
                "What holds where a request does not say."},
    MemberShape{"consoleApiKey",
                shape::text(0, 10'000).like(format::field_value).secret().or_null(),
                Presence::optional, "For what the provider's console alone tells."},
    MemberShape{"tokenUrl", shape::text(0, 2000).like(format::provider_url).or_null(),
                Presence::optional, "Where new tokens for it come from."},
    MemberShape{"clientId", line, Presence::optional, "As whom they are asked for."},
    MemberShape{"clientSecret", shape::text(0, 10'000).like(format::field_value).secret().or_null(),
                Presence::optional, "What is shown there besides."},
    MemberShape{"tokenBody", shape::choice(token_bodies).or_null(), Presence::optional,
                "In which form they are asked for; form if not said."},
    MemberShape{"tag", shape::text(0, 100).or_null(), Presence::optional, "A word for lists."},
    MemberShape{"tags", shape::list(tag_shape, 0, 50).or_null(), Presence::optional,
                "More of them."},
    MemberShape{"excludedModels", shape::any(), Presence::optional,
                "Models it is not used for, with * for any letters: a list, or one text."}};

/// What a node says for all of its connections.
constexpr std::array<std::string_view, 4> of_nodes{"prefix", "apiType", "baseUrl", "nodeName"};

bool belongs_to_node(const KnownProvider& provider, std::string_view name) {
  return provider.node() != nullptr && std::ranges::find(of_nodes, name) != of_nodes.end();
}

/// A list of patterns or one text, which a shape cannot say.
bool is_pattern_list(json::Value value) {
  constexpr std::size_t text_max = 5000;
  constexpr std::size_t patterns_max = 100;
  constexpr std::size_t pattern_max = 200;
  if (!value || value.is_null()) return true;
  if (value.kind() == json::Kind::text) return value.text().size() <= text_max;
  if (value.kind() != json::Kind::array) return false;
  std::size_t count = 0;
  for (const json::Value item : value.items()) {
    if (item.kind() != json::Kind::text || ++count > patterns_max) return false;
    const std::string_view pattern = item.text();
    if (pattern.empty() || pattern.size() > pattern_max || pattern == "**") return false;
  }
  return true;
}

/// A member that only the case of its letters keeps from being one that has a meaning.
std::optional<std::string> misspelt(std::string_view name) {
  for (const MemberShape& member : members) {
    if (name != member.name && equals_ignoring_case(name, member.name)) {
      return "providerSpecificData." + std::string(name) + ": is " + std::string(member.name) +
             " meant?";
    }
  }
  return std::nullopt;
}

/// As it is shown: without who logs in there.
std::string without_login(std::string_view url) {
  Result<net::Proxy> proxy = net::parse_proxy(url);
  return proxy ? shown_url(*std::move(proxy)) : std::string();
}

/// What is shown of a proxy may come back, and leaves the log-in as it is.
bool is_as_shown(json::Value said, json::Value there) {
  return said.kind() == json::Kind::text && there.kind() == json::Kind::text &&
         !said.text().empty() && said.text() == without_login(there.text());
}

Status check_proxy(json::Value said) {
  if (said.kind() != json::Kind::text || said.text().empty()) return Nothing{};
  const Result<net::Proxy> proxy = net::parse_proxy(said.text());
  if (proxy) return Nothing{};
  return Error(Error::Kind::bad_request,
               "providerSpecificData.proxyUrl: " + proxy.error().message());
}

/// Null takes a member away.
void set_member(json::RawMembers& all, std::string_view name, json::Value value) {
  const auto there = std::ranges::find(all, name, &json::RawMembers::value_type::first);
  if (value.is_null()) {
    if (there != all.end()) all.erase(there);
  } else if (there != all.end()) {
    there->second = value.raw();
  } else {
    all.emplace_back(name, value.raw());
  }
}

/// The names in braces of an address: "https://{resource}.example".
std::vector<std::string_view> names_in(std::string_view base) {
  std::vector<std::string_view> names;
  for (std::size_t at = base.find('{'); at != base.npos; at = base.find('{', at + 1)) {
    names.push_back(base.substr(at + 1, base.find('}', at) - at - 1));
  }
  return names;
}

}  // namespace

const json::Shape connection_data_shape = shape::object(members);

Status merge_connection_data(store::Connection& connection, json::Value body,
                             const KnownProvider& provider) {
  if (!is_pattern_list(body.find("excludedModels"))) {
    return Error(Error::Kind::bad_request,
                 "providerSpecificData.excludedModels: must be at most 100 patterns of 1 to 200 "
                 "characters, none of them **, or a text of at most 5000");
  }
  const json::Value said_proxy = body.find(proxy_member);
  if (Status usable = check_proxy(said_proxy); !usable) return usable;
  json::RawMembers merged;
  const json::ScratchReader reader;
  const json::Value there = reader->read(connection.data.text());
  const bool keeps_proxy = is_as_shown(said_proxy, there.find(proxy_member));
  for (const auto [name, value] : there.members()) {
    set_member(merged, name, value);
  }
  for (const auto [name, value] : body.members()) {
    if (std::optional<std::string> why = misspelt(name)) {
      return Error(Error::Kind::bad_request, *std::move(why));
    }
    if (belongs_to_node(provider, name) || (keeps_proxy && name == proxy_member)) continue;
    set_member(merged, name, value);
  }
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  for (const auto& [name, value] : merged) writer.key(name).raw(value);
  writer.end_object();
  connection.data = json::Raw::trusted(std::move(text));
  return Nothing{};
}

Status check_connection_data(const store::Connection& connection, const KnownProvider& provider) {
  if (provider.listed() == nullptr || provider.listed()->endpoints.empty()) return Nothing{};
  const json::ScratchReader reader;
  const json::Value data = reader->read(connection.data.text());
  if (data.find("baseUrl")) return Nothing{};
  for (const std::string_view name : names_in(provider.listed()->endpoints.front().base)) {
    if (data.find(name).kind() == json::Kind::text) continue;
    return Error(Error::Kind::bad_request,
                 "providerSpecificData." + std::string(name) + ": the provider needs it");
  }
  return Nothing{};
}

void write_connection_data(json::Writer& writer, const store::Connection& connection,
                           const KnownProvider& provider) {
  const json::Raw shown = store::redacted(connection.data);
  const json::ScratchReader reader;
  writer.begin_object();
  for (const auto [name, value] : reader->read(shown.text()).members()) {
    if (store::sounds_secret(name)) continue;
    if (name == proxy_member && value.kind() == json::Kind::text) {
      writer.key(name).text(without_login(value.text()));
    } else {
      writer.key(name).raw(value.slice());
    }
  }
  if (const store::ProviderNode* const node = provider.node()) {
    writer.key("prefix").text(node->prefix).key("apiType").text(node->api_type);
    writer.key("baseUrl").text(node->base_url).key("nodeName").text(node->name);
  }
  writer.end_object();
}

}  // namespace omni::api
