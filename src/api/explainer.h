#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/exchange.h"

namespace omni::api {

/// Tells how requests find who answers them; implemented by whoever has them answered.  Answers are
/// JSON objects.
class Explainer {
 public:
  Explainer() = default;
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;
  virtual ~Explainer() = default;

  /// A request that is not sent, and who shall be taken for one that fails: providers, models with
  /// their provider's name before them, accounts.
  struct Question {
    std::string path, body;
    std::vector<std::string> failing;
  };
  /// What would happen to it, if the exchange's caller sent it.
  virtual Result<std::string> explain(const net::Exchange& exchange, Question question) = 0;
  /// What happened to a request of late, by its id; nothing where it is not known any more.
  virtual std::optional<std::string> find(std::string_view request_id) = 0;
};

}  // namespace omni::api
