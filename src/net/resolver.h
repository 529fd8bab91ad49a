#pragma once

#include <netinet/in.h>

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/task.h"
#include "net/workers.h"

namespace omni::net {

/// An address to connect to, with its port.
struct Address {
  sockaddr_in6 bytes{};  // or a sockaddr_in, as its family says
  socklen_t length = 0;
};

/// Looks names up on threads of its own, so that a name server that does not answer holds up no
/// other work.  Addresses written as numbers are not looked up.
class Resolver {
 public:
  /// Called on a thread that it may block.
  using LookUp =
      std::function<Result<std::vector<Address>>(const std::string& host, std::uint16_t port)>;

  /// Asks the system.
  explicit Resolver(std::size_t threads = 4);
  Resolver(std::size_t threads, LookUp look_up) : look_up_(std::move(look_up)), workers_(threads) {}

  /// An address written as a number, in whatever way the system reads one.
  static Result<std::vector<Address>> numeric(const std::string& host, std::uint16_t port);

  /// At least one address, in the order in which the system wants them tried.
  Task<Result<std::vector<Address>>> resolve(std::string host, std::uint16_t port);

 private:
  LookUp look_up_;
  Workers workers_;  // gone before what they use
};

}  // namespace omni::net
