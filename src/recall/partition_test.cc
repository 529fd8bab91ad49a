#include "recall/partition.h"

#include <gtest/gtest.h>

#include <deque>

#include "recall/test_vectors.h"

namespace omni::recall {
namespace {

using namespace std::chrono_literals;

class PartitionTest : public ::testing::Test {
 protected:
  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      said_.push_back(vectors_.numbers());
      Place& place = places_.emplace_back();
      place.key = std::to_string(said_.size() - 1);
      place.over = now_ + 1h;
      partition_.add(place, *Vector::of(said_.back()));
    }
  }
  void remove(std::size_t index) { partition_.remove(places_[index]); }
  std::string find(std::size_t index) {
    const auto hit = partition_.nearest(*Vector::of(said_[index]), now_);
    return hit.place == nullptr ? "" : hit.place->key;
  }
  /// Of all from `first` on, those that are found by their own vectors.
  double found(std::size_t first = 0) {
    double found = 0;
    for (std::size_t i = first; i < said_.size(); ++i) found += find(i) == places_[i].key ? 1 : 0;
    return found / static_cast<double>(said_.size() - first);
  }

  const Clock::Steady now_{};
  TestVectors vectors_;
  std::vector<std::vector<float>> said_;
  std::deque<Place> places_;
  Partition partition_{TestVectors::dimensions};
};

TEST_F(PartitionTest, ScansAFewExactly) {
  add(Partition::young_max);
  EXPECT_EQ(partition_.linked(), 0);
  EXPECT_EQ(found(), 1);
}

TEST_F(PartitionTest, LinksWhatIsMoreThanAFewButNeverManyAtOnce) {
  add(Partition::young_max + 1);
  EXPECT_EQ(partition_.linked(), 1);
  add(1000);
  EXPECT_EQ(partition_.linked(), 1001);
  EXPECT_GE(found(), 0.99);
}

TEST_F(PartitionTest, FindsNeitherAmongTheYoungNorInTheGraphWhatWasRemoved) {
  add(Partition::young_max + 200);
  for (std::size_t i = 0; i < said_.size(); i += 2) remove(i);
  for (std::size_t i = 0; i < said_.size(); i += 2) EXPECT_NE(find(i), places_[i].key);
  for (std::size_t i = 1; i < said_.size(); i += 2) EXPECT_EQ(find(i), places_[i].key);
}

TEST_F(PartitionTest, TakesItsGraphApartWhenMostOfItWasRemoved) {
  add(Partition::young_max + 400);
  std::size_t left = 0;
  for (std::size_t i = 0; i < said_.size(); ++i) {
    if (places_[i].graph == 0) continue;
    if (++left > 10) remove(i);
  }
  EXPECT_EQ(partition_.linked(), 0);
  EXPECT_FALSE(partition_.empty());
  add(100);
  EXPECT_EQ(found(said_.size() - 100), 1);
}

TEST_F(PartitionTest, BeginsALargerGraphWhereOneIsFull) {
  constexpr std::size_t capacity_first = 8192, more = 300;
  add(Partition::young_max + capacity_first + more);
  EXPECT_EQ(partition_.linked(), capacity_first + more);
  std::size_t in_second = 0, found_there = 0;
  for (std::size_t i = 0; i < said_.size(); ++i) {
    if (places_[i].graph != 2) continue;
    ++in_second;
    if (find(i) == places_[i].key) ++found_there;
  }
  EXPECT_EQ(in_second, more);
  EXPECT_GE(found_there, more * 98 / 100);
}

TEST_F(PartitionTest, IsEmptyWhenAllIsRemoved) {
  EXPECT_TRUE(partition_.empty());
  add(Partition::young_max + 50);
  for (std::size_t i = 0; i < said_.size(); ++i) remove(i);
  EXPECT_TRUE(partition_.empty());
  EXPECT_EQ(find(0), "");
}

TEST_F(PartitionTest, TellsTheNextOneWhereTheNearestIsOver) {
  add(Partition::young_max + 50);
  for (const std::size_t i : {std::size_t{0}, said_.size() - 1}) {
    EXPECT_EQ(find(i), places_[i].key);
    places_[i].over = now_;
    EXPECT_NE(find(i), places_[i].key);
    EXPECT_NE(find(i), "");
  }
}

}  // namespace
}  // namespace omni::recall
