// What it costs to find the most alike among 100,000 vectors, and how often that is really the most
// alike.  Beside it stands what is exact: the product with every one of them, in floats.  Vectors
// are as meanings have them, some near each other; a question is one of them said in other words.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "process.h"
#include "recall/nearest.h"
#include "scenario.h"
#include "table.h"

namespace omni::bench {
namespace {

constexpr std::size_t dimensions = 768;
constexpr std::size_t questions_per_round = 500;
constexpr std::size_t exact_per_round = 20;
constexpr double search_us_max = 1000;
constexpr double recall_min = 0.95;

using Numbers = std::vector<float>;

/// Vectors of real texts use some thirty directions of all that they have (those of
/// tests/similarity do); these use 64, and a little of all others.
class Meanings {
 public:
  explicit Meanings(std::size_t topics) {
    for (std::size_t i = 0; i < directions; ++i) axes_.push_back(noise(dimensions, axis_size));
    for (std::size_t i = 0; i < topics; ++i) topics_.push_back(noise(directions, 0.8F));
  }
  Numbers next() { return spread(add(topics_[random_() % topics_.size()], noise(directions, 1))); }
  /// Their likeness is 0.9, more or less.
  Numbers in_other_words(const Numbers& numbers) {
    return add(numbers, spread(noise(directions, 0.6F)));
  }

 private:
  static constexpr std::size_t directions = 64;
  static constexpr float axis_size =
      0.125F;  // which makes each axis as long as any other direction

  static Numbers add(Numbers numbers, const Numbers& more) {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += more[i];
    return numbers;
  }
  Numbers noise(std::size_t count, float size) {
    std::normal_distribution<float> distribution(0, size);
    Numbers numbers(count);
    for (float& number : numbers) number = distribution(random_);
    return numbers;
  }
  Numbers spread(const Numbers& meaning) {
    Numbers numbers = noise(dimensions, 0.1F);
    for (std::size_t i = 0; i < directions; ++i) {
      for (std::size_t k = 0; k < dimensions; ++k) numbers[k] += axes_[i][k] * meaning[i];
    }
    return numbers;
  }

  std::mt19937 random_{11};
  std::vector<Numbers> axes_, topics_;
};

/// The place of the most alike, by the product with each.
std::size_t scan(const std::vector<Numbers>& all, const Numbers& question) {
  std::size_t best = 0;
  float best_likeness = -2;
  for (std::size_t i = 0; i < all.size(); ++i) {
    float product = 0, square = 0;
    {
#pragma clang fp reassociate(on)
      for (std::size_t k = 0; k < dimensions; ++k) {
        product += all[i][k] * question[k];
        square += all[i][k] * all[i][k];
      }
    }
    const float likeness = product / std::sqrt(square);
    if (likeness > best_likeness) {
      best = i;
      best_likeness = likeness;
    }
  }
  return best;
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

class Rounds {
 public:
  explicit Rounds(std::size_t count) : meanings_(count / 50) {
    for (std::size_t i = 0; i < count; ++i) {
      numbers_.push_back(meanings_.next());
      const double begin = cpu_us();
      nearest_.keep("p", std::to_string(i), *recall::Vector::of(numbers_.back()),
                    std::chrono::hours(1));
      keep_us_.push_back(cpu_us() - begin);
    }
  }

  void run() {
    std::vector<double> search, exact;
    for (std::size_t i = 0; i < questions_per_round; ++i) {
      const Numbers question = meanings_.in_other_words(numbers_[random_() % numbers_.size()]);
      double begin = cpu_us();
      const auto match = nearest_.find("p", *recall::Vector::of(question), 0.5F);
      search.push_back(cpu_us() - begin);
      if (i >= exact_per_round) continue;
      begin = cpu_us();
      const std::size_t best = scan(numbers_, question);
      exact.push_back(cpu_us() - begin);
      ++asked_;
      if (match && match->key == std::to_string(best)) ++found_;
    }
    search_us_.push_back(percentile(search, 0.99));
    exact_us_.push_back(percentile(exact, 0.99));
    ratios_.push_back(search_us_.back() / exact_us_.back());
    median_us_.push_back(percentile(search, 0.5));
  }

  Row search() const {
    Row row;
    row.name = "the most alike of " + std::to_string(numbers_.size());
    row.unit = "search (p99)";
    row.cost = Cost{summarize(exact_us_), summarize(search_us_), summarize(ratios_)};
    row.ours_us_max = search_us_max;
    row.note = "half of them within " +
               std::to_string(static_cast<int>(summarize(median_us_).median)) + " µs; " +
               std::to_string(found_) + " of " + std::to_string(asked_) +
               " found what the scan finds";
    return row;
  }
  std::string keeping() const {
    return "keeping takes " + std::to_string(static_cast<int>(percentile(keep_us_, 0.5))) +
           " µs, p99 " + std::to_string(static_cast<int>(percentile(keep_us_, 0.99))) +
           ", at most " + std::to_string(static_cast<int>(percentile(keep_us_, 1)));
  }
  double recall() const { return static_cast<double>(found_) / static_cast<double>(asked_); }

 private:
  const SystemClock clock_;
  recall::Nearest nearest_{clock_, {.entries_max = 1'000'000, .bytes_max = std::size_t{4} << 30}};
  Meanings meanings_;
  std::mt19937 random_{12};
  std::vector<Numbers> numbers_;
  std::vector<double> keep_us_, search_us_, median_us_, exact_us_, ratios_;
  std::size_t asked_ = 0, found_ = 0;
};

}  // namespace

void run_similarity(const Options& options, Table& table) {
  table.begin("scan", "every vector, in floats");
  // A look, as --quick asks for it, is a tenth as long.
  Rounds rounds(options.seconds < 0.25 ? 10'000 : 100'000);
  for (int i = 0; i < options.rounds; ++i) rounds.run();
  Row row = rounds.search();
  row.note += "; " + rounds.keeping();
  table.add(row);
  if (rounds.recall() < recall_min) fail("too often another one is found than the most alike");
}

}  // namespace omni::bench
