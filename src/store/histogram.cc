#include "store/histogram.h"

#include <algorithm>
#include <numeric>

#include "base/strings.h"

namespace omni::store {
namespace {

/// Where buckets end, the last one nowhere: two in each octave where answers of models lie.
constexpr std::array<std::int64_t, 23> bucket_ends{
    10,    20,    50,    100,   150,   200,    300,    400,    600,    800,     1'200,  1'600,
    2'400, 3'200, 4'800, 6'400, 9'600, 12'800, 19'200, 25'600, 51'200, 102'400, 307'200};

}  // namespace

std::span<const std::int64_t> Histogram::ends_ms() { return bucket_ends; }

void Histogram::add(Millis span) {
  const auto end = std::ranges::lower_bound(bucket_ends, span.count());
  ++counts_[static_cast<std::size_t>(end - bucket_ends.begin())];
}

void Histogram::add(std::string_view text) {
  while (!text.empty()) {
    std::string_view count = cut(text, ' ');
    const auto bucket = parse_unsigned(cut(count, ':'));
    const auto number = parse_unsigned(count);
    if (!bucket || !number || *bucket >= counts_.size()) continue;
    counts_[*bucket] += static_cast<std::int64_t>(*number);
  }
}

Histogram& Histogram::operator+=(const Histogram& other) {
  std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus());
  return *this;
}

std::optional<double> Histogram::percentile(double part) const {
  const auto all = std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
  if (all == 0) return std::nullopt;
  double wanted = part * static_cast<double>(all);
  for (std::size_t i = 0; i < bucket_ends.size(); ++i) {
    const auto count = static_cast<double>(counts_[i]);
    if (count > 0 && wanted <= count) {
      const auto begin = static_cast<double>(i == 0 ? 0 : bucket_ends[i - 1]);
      return begin + (static_cast<double>(bucket_ends[i]) - begin) * wanted / count;
    }
    wanted -= count;
  }
  return static_cast<double>(bucket_ends.back());
}

std::string Histogram::text() const {
  std::string text;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    if (!text.empty()) text.push_back(' ');
    append_number(text, i);
    text.push_back(':');
    append_number(text, static_cast<std::uint64_t>(counts_[i]));
  }
  return text;
}

}  // namespace omni::store
