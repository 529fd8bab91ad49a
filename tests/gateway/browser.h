#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/test_net.h"

namespace omni::gateway_test {

struct Answer {
  int status = 0;
  std::string head, body;
};

/// Asks over TCP as somebody's browser does: it remembers the cookie of a login.
class Browser {
 public:
  explicit Browser(std::uint16_t port) : port_(port) {}

  Answer get(std::string_view path) { return ask("GET", path, ""); }
  /// `fields` are whole lines, with their ends.
  Answer ask(std::string_view method, std::string_view path, std::string_view json,
             std::string_view fields = {});
  /// With the right password its requests are those of whoever runs the gateway.
  int log_in(std::string_view password);

 private:
  std::uint16_t port_;
  std::string cookie_;
};

}  // namespace omni::gateway_test
