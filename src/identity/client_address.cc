#include "identity/client_address.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/strings.h"

namespace omni::identity {
namespace {

constexpr std::array<std::string_view, 8> forwarding_names{
    "forwarded",         "x-forwarded-for",  "x-real-ip", "x-forwarded-host",
    "x-forwarded-proto", "cf-connecting-ip", "via",       "true-client-ip"};

bool is_forwarding(const net::Field& field) {
  return std::ranges::any_of(forwarding_names, [&](std::string_view name) {
    return equals_ignoring_case(field.name, name);
  });
}

/// Cuts at a separator that stands in no quoted string.
std::string_view cut_unquoted(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (quoted && rest[end] == '\\') ++end;
  }
  const std::string_view part = rest.substr(0, end);
  rest = end < rest.size() ? rest.substr(end + 1) : std::string_view{};
  return part;
}

bool quotes_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\') ++i;
  }
  return !quoted;
}

using Cut = std::string_view (*)(std::string_view& rest, char separator);

/// How a list is cut.  Of the lists Forwarded alone knows quotes, and a quoted string that does not
/// end is somebody's who wants to hide what the proxies add behind it.
Cut cut_for(const net::Field& field) {
  const bool quotes = equals_ignoring_case(field.name, "forwarded") && quotes_end(field.value);
  return quotes ? cut_unquoted : cut;
}

/// The elements of all fields of that name, one list in their order.
std::vector<std::string_view> elements(const net::Fields& fields, std::string_view name) {
  std::vector<std::string_view> all;
  for (const net::Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    const Cut cut_next = cut_for(field);
    std::string_view rest = field.value;
    while (!rest.empty()) all.push_back(trim(cut_next(rest, ',')));
  }
  return all;
}

/// The value of a parameter of one element of Forwarded, without quotes.
std::string_view parameter(std::string_view element, std::string_view name) {
  while (!element.empty()) {
    std::string_view value = cut_unquoted(element, ';');
    if (!equals_ignoring_case(trim(cut(value, '=')), name)) continue;
    value = trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
std::optional<Address> parse_node(std::string_view text) {
  if (text.starts_with('[')) return parse_address(text.substr(1, text.find(']') - 1));
  if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
  return parse_address(text);
}

/// What the proxies say, the nearest hop last.
struct Path {
  std::vector<std::string_view> nodes;
  std::vector<std::string_view> schemes;
};

Path path_of(const net::Fields& fields) {
  Path path{elements(fields, "x-forwarded-for"), elements(fields, "x-forwarded-proto")};
  const std::vector<std::string_view> hops = elements(fields, "forwarded");
  if (path.nodes.empty()) {
    for (const std::string_view hop : hops) path.nodes.push_back(parameter(hop, "for"));
  }
  if (path.schemes.empty()) {
    for (const std::string_view hop : hops) path.schemes.push_back(parameter(hop, "proto"));
  }
  if (path.nodes.empty()) path.nodes = elements(fields, "x-real-ip");
  return path;
}

}  // namespace

ClientAddress client_address(const net::Peer& peer, const net::Fields& fields,
                             std::span<const AddressRule> trusted_proxies) {
  ClientAddress client{.address = parse_address(peer.address),
                       .forwarded = std::ranges::any_of(fields, is_forwarding),
                       .encrypted = peer.encrypted};
  const auto is_trusted = [&] {
    return client.address && std::ranges::any_of(trusted_proxies, [&](const AddressRule& rule) {
             return rule.matches(*client.address);
           });
  };
  if (!client.forwarded || !is_trusted()) return client;
  Path path = path_of(fields);
  if (!path.schemes.empty()) {
    client.encrypted = equals_ignoring_case(path.schemes.back(), "https");
  }
  // A hop that says nothing of use hides who is behind it, so the search ends there.
  while (is_trusted() && !path.nodes.empty()) {
    const std::optional<Address> node = parse_node(path.nodes.back());
    if (!node) break;
    client.address = node;
    path.nodes.pop_back();
  }
  return client;
}

}  // namespace omni::identity
