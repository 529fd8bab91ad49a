// Reads lines `Name: value` as the fields of a request and judges by them who sent it, and each
// value as a line of an address list.  A stranger's fields change nothing about where he comes
// from, and a rule written anew from what was understood is the same rule.

#include <string_view>
#include <vector>

#include "base/strings.h"
#include "identity/client_address.h"
#include "identity/cookie.h"
#include "identity/origin.h"
#include "target.h"

namespace omni::identity {
namespace {

using fuzz::require;

void judge(const net::Fields& fields) {
  const std::vector<AddressRule> proxies{*AddressRule::parse("10.0.0.0/8")};
  const ClientAddress stranger = client_address({"192.0.2.1", false}, fields, proxies);
  require(stranger.address == parse_address("192.0.2.1") && !stranger.encrypted);
  require(!stranger.local());
  const ClientAddress proxied = client_address({"10.0.0.1", false}, fields, proxies);
  require(proxied.address.has_value());
  require(proxied.forwarded || proxied.address == parse_address("10.0.0.1"));
  require(parse_address(text_of(*proxied.address)) == proxied.address);
  if (const auto cookie = session_cookie(fields)) {
    require(!cookie->empty() && cookie->reveal().find(';') == std::string_view::npos);
  }
  const std::vector<std::string> allowed;
  if (is_same_origin_or_allowed(fields, allowed) && fields.find("origin")) {
    require(fields.find("host").has_value());
  }
}

void read_rule(std::string_view text) {
  const Result<AddressRule> rule = AddressRule::parse(text);
  if (!rule) return require(!rule.error().message().empty());
  const Result<AddressRule> again = AddressRule::parse(rule->text());
  require(again && *again == *rule);
  (void)is_our_host(text, {});
}

}  // namespace
}  // namespace omni::identity

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace omni;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  net::Fields fields;
  while (!text.empty()) {
    std::string_view value = cut(text, '\n');
    const std::string_view name = cut(value, ':');
    fields.add({name, trim(value)});
    identity::read_rule(value);
  }
  identity::judge(fields);
  return 0;
}
