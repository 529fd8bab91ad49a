#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/mock/place.h"
#include "gateway/mock/requests.h"
#include "gateway/mock/script.h"
#include "net/server.h"

namespace omni::gateway::mock {

/// A provider that says what a script wants and is as strict as the real ones.  For one loop.
class MockService final : public net::Service {
 public:
  struct Options {
    std::vector<std::string> keys;  // none: whoever comes is welcome
    Script script;
    bool record = false;  // keep the requests, for GET /mock/requests
  };

  MockService(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  /// Whose connections GET /mock/connections counts.
  void watch(const net::Server& server) { server_ = &server; }

  net::Task<Status> handle(net::Exchange& exchange) override;

 private:
  net::Task<Status> control(net::Exchange& exchange);
  net::Task<Status> serve(net::Exchange& exchange);
  upstream::Played answer(const net::RequestHead& request, const Place& place,
                          const std::string& body);
  upstream::Played perform(const net::RequestHead& request, const Place& place,
                           const std::string& body);
  std::string connections() const;

  Options options_;
  const Clock& clock_;
  const net::Server* server_ = nullptr;
  Requests requests_;
  std::size_t answering_ = 0;
  std::size_t answered_ = 0;
  std::size_t ended_by_peer_ = 0;
};

}  // namespace omni::gateway::mock
