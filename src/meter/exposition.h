#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "meter/traffic.h"

namespace omni::meter {

/// Writes numbers as Prometheus reads them, in its text format 0.0.4: a family says what its
/// samples are, and they follow it.  Borrows the string.
class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  enum class Type : std::uint8_t { counter, gauge, histogram };
  static constexpr std::string_view media_type = "text/plain; version=0.0.4; charset=utf-8";

  explicit Exposition(std::string& out) : out_(out) {}
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  /// `name` is as Prometheus wants it, with its unit; it outlives the samples.
  Exposition& family(std::string_view name, Type type, std::string_view help);
  Exposition& sample(Labels labels, double value);
  Exposition& sample(double value) { return sample({}, value); }
  /// Of a family of histograms, in seconds.
  Exposition& spread(Labels labels, const Spread& spread);

 private:
  void line(std::string_view end_of_name, Labels labels, std::string_view limit, double value);

  std::string& out_;
  std::string_view name_;
};

}  // namespace omni::meter
