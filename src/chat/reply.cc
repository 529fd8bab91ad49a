#include "chat/reply.h"

#include <algorithm>
#include <array>

namespace omni::chat {
namespace {

constexpr std::array<std::string_view, 4> service_names{"standard", "flex", "batch", "priority"};

}  // namespace

Service service_of(std::string_view word) {
  const auto found = std::ranges::find(service_names, word);
  if (found == service_names.end()) return Service::standard;
  return static_cast<Service>(found - service_names.begin());
}

std::string_view name_of(Service service) {
  return service_names[static_cast<std::size_t>(service)];
}

}  // namespace omni::chat
