#include "net/resolver.h"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace omni::net {
namespace {

struct FreeList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Result<std::vector<Address>> ask_system(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeList> list(found);
  if (failed != 0) {
    return Error(Error::Kind::unavailable,
                 std::string("the name cannot be resolved: ") + gai_strerror(failed));
  }
  std::vector<Address> addresses;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_addrlen > sizeof(sockaddr_in6)) continue;
    Address& address = addresses.emplace_back();
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
  }
  return addresses;
}

}  // namespace

Resolver::Resolver(std::size_t threads)
    : Resolver(threads, [](const std::string& host, std::uint16_t port) {
        return ask_system(host, port, AI_ADDRCONFIG);
      }) {}

Result<std::vector<Address>> Resolver::numeric(const std::string& host, std::uint16_t port) {
  return ask_system(host, port, AI_NUMERICHOST);
}

Task<Result<std::vector<Address>>> Resolver::resolve(std::string host, std::uint16_t port) {
  Result<std::vector<Address>> written = numeric(host, port);
  if (written) co_return written;
  Result<Result<std::vector<Address>>> looked_up = co_await offload(
      workers_, [this, host = std::move(host), port] { return look_up_(host, port); });
  if (!looked_up) co_return looked_up.error();
  co_return *std::move(looked_up);
}

}  // namespace omni::net
