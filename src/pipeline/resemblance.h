#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pipeline/inquiry.h"
#include "recall/print.h"
#include "recall/vector.h"

namespace omni::pipeline {

/// The question of one request by its meaning: what was answered to the same in other words, and
/// what is left for who will ask it in others.  Its vector is made once, for both.
class Resemblance {
 public:
  /// How long a request waits for its vector.
  static constexpr Millis patience{1'000};
  /// Of a question; in a longer one too much is said that a vector does not tell.
  static constexpr std::size_t words_bytes_max = 4'000;

  /// Null where nobody wants it, or nothing is asked in words.  All but the print outlives it.
  static std::unique_ptr<Resemblance> of(const Parts& parts, const net::Exchange& exchange,
                                         const Inquiry& inquiry, const chat::Request& asked,
                                         recall::Print print);
  Resemblance(const Resemblance&) = delete;
  Resemblance& operator=(const Resemblance&) = delete;

  /// Null where there is none, or nobody could tell in time.  An error where the client has left.
  net::Task<Result<recall::Shared>> find();
  /// There is an answer now, under this print, for so long.
  void keep(const std::string& print, Millis lifetime) const;

 private:
  Resemblance(const Parts& parts, const net::Exchange& exchange, const Inquiry& inquiry);
  net::Task<> embed();
  void fail(std::string_view why) const;
  const store::Settings& settings() const {
    return inquiry_.view().directory.configuration().settings;
  }

  const Parts& parts_;
  const net::Exchange& exchange_;
  const Inquiry& inquiry_;
  const std::string& model_;  // that makes vectors
  recall::Print print_;
  std::string words_;
  double likeness_min_ = 0;
  std::optional<recall::Vector> vector_;
  std::string partition_;
};

}  // namespace omni::pipeline
