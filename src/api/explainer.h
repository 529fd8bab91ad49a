#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/exchange.h"

namespace omni::api {

/// Which requests of late are wanted; what is empty fits all of them.
struct CallQuery {
  std::string status;  // "ok", "error" or a number
  std::string model, provider;
  bool of_combos = false;
  std::size_t limit = 200, offset = 0;
};

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
  /// One row for each request of late, the newest first.
  virtual std::vector<std::string> calls(const CallQuery& query) = 0;
  /// The row of one of them, with all that is known of it.
  virtual std::optional<std::string> call(std::string_view request_id) = 0;
};

}  // namespace omni::api
