#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "beside_nginx.h"

namespace omni::bench {

/// `omniroute serve` on the proxy's core, on a data directory that is prepared once: a provider for
/// each way in which the upstream answers, an account at it, and an API key that has to be shown.
class Served {
 public:
  /// The name of a combo of four targets.
  static constexpr std::string_view combo = "four";

  explicit Served(const Bed& bed);

  /// The key to be shown.
  const std::string& key() const { return key_; }
  /// The program anew, on what was prepared; its log goes to a file.
  Proxy start(const Bed& bed) const;

 private:
  const std::filesystem::path data_;
  std::string key_;
};

/// What it took until the first answer, from before exec on.
struct FirstAnswer {
  double wall_us = 0;
  double cpu_us = 0;
  double rss_mb = 0;
};
FirstAnswer first_answer_of_gateway(const Bed& bed, const Served& served);
FirstAnswer first_answer_of_nginx(const Bed& bed);

}  // namespace omni::bench
