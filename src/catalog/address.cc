#include "catalog/address.h"

#include <array>
#include <string_view>

namespace omni::catalog {
namespace {

void trim_slashes(std::string& address) {
  while (address.ends_with('/')) address.pop_back();
}

}  // namespace

std::string without_endpoint(std::string address) {
  constexpr std::array<std::string_view, 4> endpoints{"/chat/completions", "/responses",
                                                      "/messages", "/api/chat"};
  trim_slashes(address);
  for (const std::string_view endpoint : endpoints) {
    if (!address.ends_with(endpoint)) continue;
    address.resize(address.size() - endpoint.size());
    break;
  }
  trim_slashes(address);
  return address;
}

}  // namespace omni::catalog
